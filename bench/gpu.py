"""Section 8: batches on a GPU, all classes' maps included, against the bare forward on the same GPU."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from bench.agreement import CAM_AGREES, correlation
from bench.bare import Batch, forward, inputs, session
from bench.bars import BY_KEY
from bench.context import Context
from bench.gpu_rival import TorchRival
from bench.pictures import described, jpegs
from bench.racing import Race, Turn, timed
from bench.results import Disagreement, Result, Row
from model.bundle import Bundle, read_bundle
from model.cam import explain_logits, residual
from model.classifier import PROBE_TOLERANCE, Classifier
from model.photos import read_photo
from model.preprocess import Prepared
from model.runtime import DEVICES, FEATURES, INPUT, LOGITS
from model.training.bundles import make_bundle
from model.training.labels import imagenet_labels
from model.training.networks import NetworkName, build, build_shape
from model.training.traits import traits_of
from model.training.weights import WeightedNetwork

PROVIDER = "CUDAExecutionProvider"
BATCHES = (1, 8, 64, 256)
RIVALS = {"lite0": "tf_efficientnet_lite0", "resnet50": "resnet50"}
CHECKED = 4  # photos, against the processor
IN_HAND, EACH = 2, 4  # threads, and batches of each in one call
TITLE = "On a GPU: prepared photos to the maps of all classes"
OURS, OURS_TWO = "Camscope", "Camscope, two batches in hand"
BARE, BARE_TWO, THERE = "bare forward", "bare forward, two at a time", "bare forward, input on the GPU"
TORCH, TORCH_MAPS = "torch, bfloat16: forward", "torch, bfloat16: forward and maps"


def run(context: Context) -> Result:
    """Photos per second where ONNX Runtime finds a GPU; elsewhere a note, and no bar is met."""
    if not has_gpu(context.bundle):
        return Result(TITLE, rows=(), notes=["Not measured: ONNX Runtime has no GPU here."])
    networks = {"lite0": context.bundle, "resnet50": write_resnet50(context.scratch / "resnet50")}
    return measure(context, networks, PROVIDER, BATCHES)


def has_gpu(bundle: Path) -> bool:
    """Whether ONNX Runtime runs the network on a GPU: that it was built for one is not enough."""
    if PROVIDER not in onnxruntime.get_available_providers():
        return False
    first = session(read_bundle(bundle).graph, 1, (PROVIDER, "CPUExecutionProvider")).get_providers()[0]
    return bool(first == PROVIDER)


def write_resnet50(path: Path) -> Path:
    """ResNet-50 with random weights: its answers mean nothing, its speed is the same."""
    torch.manual_seed(0)
    name = NetworkName("torchvision", "resnet50")
    network = settled(build(name))
    traits, source = traits_of(name, network), {"weights": "random"}
    weighted = WeightedNetwork(name, network, build_shape(name), traits, source, imagenet_labels())
    make_bundle(path, weighted, name="resnet50-random")
    return path


def settled(network: torch.nn.Module) -> torch.nn.Module:
    """Let its normalisations take their statistics from noise; otherwise values grow from block to block."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1
    with torch.no_grad():
        network.train()(torch.randn(8, 3, 128, 128))
    return network.eval()


def measure(context: Context, networks: dict[str, Path], provider: str, batches: Sequence[int]) -> Result:
    """Each network and batch in a race of its own, with the bare forward on the same provider.

    Args:
        context: with rounds and photos
        networks: model folders, by the names that bars and RIVALS have
        provider: ONNX Runtime's, of all its contestants
        batches: photos in one pass

    Raises:
        Disagreement: what is timed is not the processor's map, or does not account for its logit
    """
    files = jpegs(context.photos, min(max(batches), 64))
    rows: list[Row] = []
    bars, checks = {}, []
    for name, path in networks.items():
        contest = Contest(path, RIVALS[name], provider, files, context.threads)
        checks.append(f"{name}: {contest.check()}")
        for batch in batches:
            race = context.race(contest.turns(batch))
            rows += [rate_row(f"{name}, batch {batch}: {one}", race, one) for one in race.figures]
            if (key := f"gpu/{name}-{batch}") in BY_KEY:
                bars[key] = race.ratio(race.best([BARE, BARE_TWO]), race.best([OURS, OURS_TWO]))
    notes = [
        f"Input: {described(files)}, decoded and resized before: on a GPU machine other cores do that meanwhile.",
        f"Provider: {provider}, with its own defaults for everybody (convolutions in TF32 where the GPU has it).",
        "The bare forward takes a batch that lies ready in the host's ordinary memory, and brings the logits back.",
        "Camscope takes the single photos, and brings back logits and the maps of all classes, in float32.",
        "Two batches in hand: two threads that call again and again, as a server's workers do.",
        "A bar compares the quicker of Camscope's two ways with the quicker of the bare forward's two.",
        "Another bare forward has its input on the GPU already. PyTorch starts where the first one does.",
        "ResNet-50 and PyTorch's networks have random weights, which changes nothing about their speed.",
        *checks,
    ]
    return Result(TITLE, rows, bars, notes)


class Contest:
    """One network on one provider, and everybody who takes turns with it."""

    def __init__(self, path: Path, rival: str, provider: str, files: Sequence[bytes], threads: int) -> None:
        self._classifier = Classifier.open(path, threads)
        if self._classifier.provider != provider:
            raise RuntimeError(f"Camscope runs {path.name} on {self._classifier.provider}, not on {provider}")
        self._bundle = read_bundle(path)
        self._bare = session(self._bundle.graph, threads, (provider,))
        self._rival = TorchRival(rival, DEVICES[provider])
        self._prepared = [self._classifier.prepare(read_photo(data)) for data in files]
        self._inputs = inputs(self._bundle, files)
        self._device = DEVICES[provider]

    def check(self) -> str:
        """That what is timed is right, on a few photos.

        Returns:
            what was found, in a sentence

        Raises:
            Disagreement: it is not
        """
        return check(self._classifier, self._bundle, self._prepared[:CHECKED])

    def turns(self, batch: int) -> dict[str, Turn]:
        """Everybody's, at one batch size; seconds per photo."""
        places = [place % len(self._prepared) for place in range(batch)]
        prepared, photos = [self._prepared[place] for place in places], self._inputs[places]

        def ours() -> object:
            return [np.asarray(one.maps) for one in self._classifier.answer(prepared)]

        bare = forward(self._bare, photos)
        calls: dict[str, Callable[[], object]] = {
            OURS: ours,
            BARE: bare,
            THERE: forward_there(self._bare, photos, self._device),
            TORCH: self._rival.forward(photos),
            TORCH_MAPS: self._rival.maps(photos),
        }
        several = {OURS_TWO: in_hand(ours), BARE_TWO: in_hand(bare)}
        return {name: timed(call, batch) for name, call in calls.items()} | {
            name: timed(call, batch * IN_HAND * EACH) for name, call in several.items()
        }


def in_hand(call: Callable[[], object]) -> Callable[[], object]:
    """Several threads that call again and again, as a server's workers do."""

    def work() -> None:
        for _ in range(EACH):
            call()

    def run() -> None:
        workers = [threading.Thread(target=work) for _ in range(IN_HAND)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return run


def forward_there(running: onnxruntime.InferenceSession, batch: Batch, device: str) -> Callable[[], object]:
    """One pass over a batch that lies on the device: logits on the host."""
    there = onnxruntime.OrtValue.ortvalue_from_numpy(batch, device, 0)

    def run() -> object:
        binding = running.io_binding()
        binding.bind_ortvalue_input(INPUT, there)
        binding.bind_output(LOGITS, "cpu")
        running.run_with_iobinding(binding)
        return binding.get_outputs()

    return run


def check(classifier: Classifier, bundle: Bundle, prepared: Sequence[Prepared]) -> str:
    """Compare answers with the processor's, and every map with its logit; see Contest.check."""
    batch = np.stack([one.pixels for one in prepared])
    on_processor = session(bundle.graph, 0)
    features, _ = on_processor.run([FEATURES, LOGITS], {INPUT: batch})
    expected, _ = explain_logits(features, bundle.head)
    off, agree = 0.0, 1.0
    for one, wanted in zip(classifier.answer(prepared), expected, strict=True):
        maps = np.asarray(one.maps)
        missing = np.abs(residual(maps, one.bias, one.logits)) / np.maximum(1, np.abs(one.logits))
        best = int(one.logits.argmax())
        off = max(off, float(missing.max()))
        agree = min(agree, correlation(maps, wanted), correlation(maps[best], wanted[best]))
    if not (off <= PROBE_TOLERANCE and agree >= CAM_AGREES):
        raise Disagreement(f"a map misses its logit by {off:.2g}; correlation with the processor's {agree:.5f}")
    return (
        f"over {len(prepared)} photos mean(map) + bias misses a logit by {off:.1g} of it at most (or of 1, if that is "
        f"more), and maps correlate with the processor's by {agree:.6f} at least, all classes' together and the best's."
    )


def rate_row(title: str, race: Race, name: str) -> Row:
    """A contestant's line, from seconds per photo."""
    quick, slow = race.quartiles(name)
    return Row(title, 1 / race.median(name), "photos/s", race.ratio(BARE, name), BARE, 1 / slow, 1 / quick)
