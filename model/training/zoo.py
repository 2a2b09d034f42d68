"""What is known of a network without its weights: whether it has exact maps, and how they look."""

from dataclasses import dataclass

from model.errors import NetworkError
from model.spec import HeadKind
from model.training.networks import NetworkName, build_shape
from model.training.sizes import Sizes, measure_sizes, seams
from model.training.traits import Traits, traits_of


@dataclass(frozen=True)
class NetworkFacts:
    """A network that `export` takes.

    Attributes:
        name: library and name
        kind: what its head is
        channels: feature maps that the head weighs
        classes: K, as the library builds it
        rows: of its maps, at the size it is known for
        columns: the same, across
        parameters: how many numbers it has learned
        sizes: what input it takes
        traits: what its default weights say of their preprocessing
    """

    name: NetworkName
    kind: HeadKind
    channels: int
    classes: int
    rows: int
    columns: int
    parameters: int
    sizes: Sizes
    traits: Traits


def inspect_network(name: NetworkName) -> NetworkFacts:
    """Probe a network's head and sizes; takes a second, and neither weights nor a connection.

    Raises:
        NetworkError: it has no exact maps, or cannot be built; the message names it and says why
    """
    shape = build_shape(name)
    traits = traits_of(name, shape)
    try:
        seam_at = seams(shape)
        seam = seam_at(traits.crop_side, traits.crop_side)
        sizes = measure_sizes(seam_at, traits.crop_side)
    except NetworkError as error:
        raise NetworkError(f"{name}: {error}") from error
    return NetworkFacts(
        name=name,
        kind=seam.kind,
        channels=seam.channels,
        classes=seam.classes,
        rows=int(seam.features.shape[2]),
        columns=int(seam.features.shape[3]),
        parameters=sum(parameter.numel() for parameter in shape.parameters()),
        sizes=sizes,
        traits=traits,
    )
