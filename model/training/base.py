"""The network that a training begins with: a bundle, whose feature maps are computed by the serving runtime."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import safetensors.torch
from torch import Tensor, nn

from model.bundle import NETWORK, Bundle, read_bundle
from model.embedded import NAME
from model.errors import NetworkError, TrainingError, WeightsError
from model.int8 import is_int8
from model.manifest import MANIFEST
from model.spec import Activation, HeadKind, ModelSpec
from model.training.bundles import make_bundle
from model.training.default import prepare_default
from model.training.export import export_graph
from model.training.head_modules import AverageHead, TrainableHead
from model.training.networks import NetworkName, build, resolve
from model.training.sizes import Sizes
from model.training.state_dict import fit
from model.training.surgery import replace_head
from model.training.traits import Traits
from model.training.trunk import HeadedNetwork, Trunk
from model.training.weights import classes_in, load_network
from model.training.zoo import inspect_network

HEAD_PREFIX = "camscope_head."
TRUNK_SPEC = "trunk_spec"

Report = Callable[[str], None]


def open_base(base: str, cache_dir: Path, report: Report = lambda _: None) -> Bundle:
    """The bundle that a training begins with.

    Args:
        base: the embedded network's name, a model folder, or a network of torchvision or timm, which is
            exported with its library's own weights and kept
        cache_dir: where bundles made from weights are kept
        report: told what is being done

    Returns:
        a bundle whose features are the network's own maps, also where its head has maps of its own or none

    Raises:
        BundleError, NetworkError, WeightsError: it cannot be had; the message says why
    """
    if (bundle := own_bundle(base, cache_dir, report)) is not None:
        return with_own_maps(bundle)
    name = resolve(base)
    folder = cache_dir / f"{name.library}-{name.name}"
    if not folder.exists():
        inspect_network(name)  # what has no exact maps is refused before anything is downloaded
        try:
            weighted = load_network(name)
        except WeightsError as error:
            reason = str(error).partition("; ")[0]
            advice = f"camscope export {name} --weights FILE --out FOLDER, then --base FOLDER"
            raise WeightsError(f"{reason}; with a file of them: {advice}") from error
        make_bundle(folder, weighted, name=name.name, report=report)
    return with_own_maps(read_bundle(folder))


def own_bundle(name: str, cache_dir: Path, report: Report = lambda _: None) -> Bundle | None:
    """The embedded network's bundle or the model folder that a name means; None where it is a library's network."""
    if name == NAME:
        return read_bundle(prepare_default(cache_dir, report))
    if (Path(name) / MANIFEST).is_file() or ("/" in name.rstrip("/") and Path(name).is_dir()):
        return read_bundle(Path(name))
    return None


def with_own_maps(bundle: Bundle) -> Bundle:
    """A bundle as it is where its features are the network's last maps, else with those, and a head of no meaning.

    Raises:
        TrainingError: it keeps no feature maps, or none in float
    """
    if is_int8(bundle.provenance):
        raise TrainingError(
            f"{bundle.path}: its convolutions run in int8, so nothing can learn through them; "
            "train the float model, then camscope export FOLDER --int8"
        )
    if TRUNK_SPEC in bundle.provenance and bundle.spec.head in (HeadKind.CONV, HeadKind.FC):
        spec = ModelSpec.model_validate(bundle.provenance[TRUNK_SPEC])
        head = AverageHead(spec.channels, spec.outputs)
        return replace(bundle, spec=spec, head=head.numeric(), graph=replace_head(bundle.graph, head))
    if not bundle.spec.exact:
        raise TrainingError(f"{bundle.path}: keeps no feature maps that a head could learn from")
    return bundle


def trunk_spec(spec: ModelSpec) -> ModelSpec:
    """What stays of a base's spec when its head goes; kept with a trained bundle, so that it can be a base, too."""
    own = {"labels": ("one", "other"), "outputs": 2, "head": HeadKind.GAP, "activation": Activation.SOFTMAX}
    return spec.model_copy(update={**own, "rectified": False})


def load_trunk(bundle: Bundle) -> Trunk:
    """The network of a bundle in torch, up to its feature maps, with the bundle's weights.

    Raises:
        TrainingError: the bundle has no torch weights, or they are another network's
    """
    file = bundle.path / NETWORK
    if not file.is_file():
        raise TrainingError(f"{bundle.path} has no {NETWORK} to go on training from; --freeze head does without")
    name = resolve(bundle.spec.architecture)
    state = {
        key: tensor for key, tensor in safetensors.torch.load_file(file).items() if not key.startswith(HEAD_PREFIX)
    }
    network = build(name, classes_in(name, state))
    trunk = Trunk(network, input_side(bundle.spec))
    fit(network, {**_old_head(trunk, bundle.spec), **state}, file)
    return trunk


def _old_head(trunk: Trunk, spec: ModelSpec) -> Mapping[str, Tensor]:
    """Values for what the trunk does not use: a trained bundle leaves them out."""
    used = trunk.used_parameters(input_side(spec))
    named = dict(trunk.network.named_parameters())
    return {name: named[name].detach() for name in named.keys() - used.keys()}


def network_state(trunk: Trunk, head: TrainableHead, spec: ModelSpec) -> dict[str, Tensor]:
    """What network.safetensors of a trained bundle holds: the trunk under the network's own names, and the head."""
    old = _old_head(trunk, spec)
    state = {key: tensor for key, tensor in trunk.network.state_dict().items() if key not in old}
    return state | {HEAD_PREFIX + key: tensor for key, tensor in head.state_dict().items()}


def export_trunk(trunk: Trunk, head: TrainableHead, spec: ModelSpec) -> bytes:
    """A trained network as a graph, compared with torch at several sizes, with its head behind it.

    Raises:
        NetworkError: what comes out differs from the network, or takes another input than the base did
    """
    stand_in = AverageHead(head.channels, 2)
    nn.init.normal_(stand_in.linear.weight, std=0.1)
    headed = HeadedNetwork(trunk, stand_in)
    plain = copy.deepcopy(headed).cpu().eval().requires_grad_(False)
    graph = export_graph(plain, traits_of_spec(spec), sizes_of_spec(spec))
    if graph.fixed_side and not spec.preprocessing.fixed_size:
        raise NetworkError("the trained network's graph takes one input size alone, which its base's did not")
    return replace_head(graph.content, head)


def input_side(spec: ModelSpec) -> int:
    """A square input for training, in pixels: seven eighths of what serving gives a square photo, as 224 is of 256."""
    preprocessing = spec.preprocessing
    if preprocessing.fixed_size:
        return preprocessing.fixed_size[0]
    multiple = preprocessing.multiple
    return max(round(preprocessing.base_side * 7 / 8 / multiple) * multiple, preprocessing.min_side)


def traits_of_spec(spec: ModelSpec) -> Traits:
    """A bundle's preprocessing, as a network's weights tell it."""
    preprocessing = spec.preprocessing
    return Traits(
        mean=preprocessing.mean,
        std=preprocessing.std,
        interpolation=preprocessing.interpolation,
        crop_side=input_side(spec),
        resize_side=preprocessing.base_side,
    )


def sizes_of_spec(spec: ModelSpec) -> Sizes:
    """What input a bundle takes, as it was measured when the network was first exported."""
    preprocessing, grid = spec.preprocessing, spec.grid
    return Sizes(
        multiple=preprocessing.multiple,
        min_side=preprocessing.min_side,
        fixed_side=preprocessing.fixed_size[0] if preprocessing.fixed_size else None,
        stride_x=grid.stride_x if grid else preprocessing.multiple,
        stride_y=grid.stride_y if grid else preprocessing.multiple,
        tiled=True,
    )


def network_name(bundle: Bundle) -> NetworkName:
    """The network that a bundle is, of which library."""
    return resolve(bundle.spec.architecture)
