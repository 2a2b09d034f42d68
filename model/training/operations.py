"""ATen operations that a head is made of, recognised one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from model.spec import HeadKind
from model.training.recording import Operation, Recording

MOVES = frozenset({
    "view", "unsafe_view", "reshape", "reshape_alias", "flatten", "unflatten", "squeeze", "unsqueeze", "permute",
    "transpose", "t", "clone", "contiguous", "alias", "detach", "as_strided", "select", "slice", "expand", "to_copy",
    "lift_fresh", "dropout", "native_dropout",
})  # fmt: skip
REORDERS = frozenset({"permute", "transpose", "t"})
REDUCTIONS = {"mean": HeadKind.GAP, "sum": HeadKind.SUM, "amax": HeadKind.GMP, "max": HeadKind.GMP}
ADAPTIVE_POOLS = {"adaptive_avg_pool2d": HeadKind.GAP, "adaptive_max_pool2d": HeadKind.GMP}
WINDOW_POOLS = {"avg_pool2d": HeadKind.GAP, "max_pool2d_with_indices": HeadKind.GMP, "max_pool2d": HeadKind.GMP}


@dataclass(frozen=True)
class Affine:
    """A linear layer, or a 1x1 convolution on the pooled vector.

    Attributes:
        operation: the one that took the source
        source: what it was applied to
        weight: as the operation took it
        bias: (K,), or none
        by_column: the weight is (C, K)
    """

    operation: Operation
    source: Tensor
    weight: Tensor
    bias: Tensor | None
    by_column: bool = False

    @property
    def rows(self) -> Tensor:
        """The weight, (K, C)."""
        weight = self.weight.detach()
        return weight.t() if self.by_column else weight.flatten(1)


@dataclass(frozen=True)
class Normalisation:
    """A normalisation of the pooled vector over its channels; gamma and beta (C,) may be absent."""

    gamma: Tensor | None
    beta: Tensor | None
    eps: float


@dataclass(frozen=True)
class Pooling:
    """A reduction over both spatial axes.

    Attributes:
        operation: the earliest one of it
        kind: GAP for an average, SUM, or GMP for a maximum
        features: what was pooled, as (B, C, h, w)
        channels_last: what was pooled had its channels last
        fixed_window: the window has a size of its own, which happens to cover the maps
    """

    operation: Operation
    kind: HeadKind
    features: Tensor
    channels_last: bool
    fixed_window: bool = False


def only_moves(operation: Operation) -> bool:
    """Whether the values stay what they are, wherever they go."""
    return operation.name in MOVES


def keeps_vector(operation: Operation) -> bool:
    """Whether one vector per picture stays the same vector: only axes of length one come or go."""
    if not only_moves(operation):
        return False
    before, after = operation.source, operation.outputs[0]
    if _long(before.shape) != _long(after.shape):
        return False
    if operation.name not in REORDERS:
        return True
    kept = [axis for axis in _order(operation) if before.shape[axis] != 1]
    return kept == sorted(kept)


def is_rectifier(operation: Operation) -> bool:
    """Whether nothing below zero comes out and all else passes: ReLU, and ReLU6 up to 6."""
    if operation.name in {"hardtanh", "clamp", "clamp_min"}:
        lowest = operation.arguments.get("min_val", operation.arguments.get("min"))
        return isinstance(lowest, int | float) and lowest == 0
    return operation.name == "relu"


def match_affine(recording: Recording, operation: Operation, anywhere: bool = False) -> Affine | None:
    """The affine layer that an operation is, or ends.

    Args:
        recording: the pass
        operation: a convolution, `linear`, `addmm`, `mm`, or the addition of a bias after `mm`
        anywhere: take one on whole maps, too; otherwise only one on a pooled vector
    """
    arguments = operation.arguments
    match operation.name:
        case "linear":
            return Affine(operation, arguments["input"], arguments["weight"], arguments["bias"])
        case "addmm" if arguments["beta"] == arguments["alpha"] == 1 and arguments["self"].ndim == 1:
            return Affine(operation, arguments["mat1"], arguments["mat2"], arguments["self"], by_column=True)
        case "mm":
            return Affine(operation, arguments["self"], arguments["mat2"], None, by_column=True)
        case "convolution" | "conv2d":
            return _convolution(operation, anywhere)
        case "add" if isinstance(arguments["other"], Tensor) and arguments["alpha"] == 1:
            return _product_and_bias(recording, operation, anywhere)
    return None


def _convolution(operation: Operation, anywhere: bool) -> Affine | None:
    arguments = operation.arguments
    source, weight = arguments["input"], arguments["weight"]
    affine = Affine(operation, source, weight, arguments["bias"])
    if anywhere:
        return affine
    pointwise = source.ndim == 4 and tuple(source.shape[2:]) == tuple(weight.shape[2:]) == (1, 1)
    plain = arguments["groups"] == 1 and not arguments.get("transposed") and not any(arguments["padding"])
    return affine if pointwise and plain else None


def _product_and_bias(recording: Recording, operation: Operation, anywhere: bool) -> Affine | None:
    product, bias = operation.arguments["self"], operation.arguments["other"]
    if bias.ndim != 1:
        return None
    maker = recording.producer(product, operation.position)
    while maker and (only_moves(maker) if anywhere else keeps_vector(maker)):
        maker = recording.producer(maker.source, maker.position)
    if maker is None or maker.name != "mm":
        return None
    return Affine(maker, maker.arguments["self"], maker.arguments["mat2"], bias, by_column=True)


def match_normalisation(operation: Operation) -> Normalisation | None:
    """The normalisation over channels that an operation is, when applied to one vector per picture."""
    arguments = operation.arguments
    vector = _long(operation.source.shape[1:])
    if operation.name in {"native_layer_norm", "layer_norm"}:
        over_channels = len(vector) == 1 and _long(arguments["normalized_shape"]) == vector
    elif operation.name == "native_group_norm":
        over_channels = arguments["group"] == 1 and len(vector) == 1
    else:
        return None
    return Normalisation(arguments["weight"], arguments["bias"], arguments["eps"]) if over_channels else None


def match_pooling(recording: Recording, operation: Operation) -> Pooling | None:
    """The reduction over both spatial axes that an operation is, or ends.

    One over a single axis counts when the other was reduced just before, or when both were
    joined into one by a reshape alone.
    """
    kind = _reduction(operation)
    if kind is None:
        return None
    source, axes = operation.source, _reduced_axes(operation)
    if source.ndim == 4 and len(axes) == 2 and 0 not in axes:
        fixed = operation.name in WINDOW_POOLS
        return _pooling(operation, kind, source, axes, fixed)
    if source.ndim == 3 and len(axes) == 1 and 0 not in axes:
        return _second_axis(recording, operation, kind) or _joined_axes(recording, operation, kind)
    return None


def _reduction(operation: Operation) -> HeadKind | None:
    arguments, name = operation.arguments, operation.name
    if name in ADAPTIVE_POOLS:
        return ADAPTIVE_POOLS[name] if set(arguments["output_size"]) == {1} else None
    if name in WINDOW_POOLS:
        return WINDOW_POOLS[name] if _covers(operation) else None
    return REDUCTIONS.get(name) if "dim" in arguments else None


def _covers(operation: Operation) -> bool:
    """Whether a window pooling sees the whole maps, each cell once."""
    arguments, shape = operation.arguments, tuple(operation.source.shape)
    size = list(arguments["kernel_size"]) * 2
    whole = tuple(size[:2]) == shape[-2:] and tuple(operation.outputs[0].shape[-2:]) == (1, 1)
    return whole and not any(arguments["padding"]) and arguments.get("divisor_override") is None


def _reduced_axes(operation: Operation) -> tuple[int, ...]:
    rank = operation.source.ndim
    if operation.name not in REDUCTIONS:
        return (rank - 2, rank - 1)
    axes = operation.arguments["dim"]
    axes = [axes] if isinstance(axes, int) else axes or range(rank)
    return tuple(sorted(axis % rank for axis in axes))


def _pooling(
    operation: Operation, kind: HeadKind, maps: Tensor, spatial: tuple[int, ...], fixed_window: bool = False
) -> Pooling | None:
    """A reduction of (B, C, h, w) or (B, h, w, C); axes in another order are nobody's maps."""
    if spatial == (2, 3):
        return Pooling(operation, kind, maps, channels_last=False, fixed_window=fixed_window)
    if spatial == (1, 2):
        return Pooling(operation, kind, maps.movedim(3, 1), channels_last=True, fixed_window=fixed_window)
    return None


def _second_axis(recording: Recording, operation: Operation, kind: HeadKind) -> Pooling | None:
    first = recording.producer(operation.source, operation.position)
    if first is None or _reduction(first) is not kind or first.source.ndim != 4:
        return None
    axes = _reduced_axes(first)
    if len(axes) != 1 or axes[0] == 0 or first.arguments.get("keepdim"):
        return None
    left = [axis for axis in range(4) if axis not in axes]
    both = tuple(sorted((*axes, left[_reduced_axes(operation)[0]])))
    return _pooling(first, kind, first.source, both)


def _joined_axes(recording: Recording, operation: Operation, kind: HeadKind) -> Pooling | None:
    """Maps (B, C, h w) or (B, h w, C) that a reshape made of four axes."""
    joined = _reduced_axes(operation)[0]
    maker = recording.producer(operation.source, operation.position)
    while maker and only_moves(maker):
        source = maker.source
        if source.ndim == 4:
            spatial = (joined, joined + 1)
            after = [length for axis, length in enumerate(source.shape) if axis not in spatial]
            before = [length for axis, length in enumerate(maker.outputs[0].shape) if axis != joined]
            same = maker.name not in REORDERS and after == before
            return _pooling(maker, kind, source, spatial) if same else None
        if maker.name in REORDERS and source.ndim == 3:
            joined = _order(maker)[joined]
        elif tuple(source.shape) != tuple(maker.outputs[0].shape):
            return None
        maker = recording.producer(source, maker.position)
    return None


def _order(operation: Operation) -> list[int]:
    """Which axis of its source each axis of a reordering's output is."""
    rank = operation.source.ndim
    order = list(range(rank))
    if operation.name == "permute":
        return [axis % rank for axis in operation.arguments["dims"]]
    if rank > 1:
        first, second = (0, 1) if operation.name == "t" else (operation.arguments["dim0"], operation.arguments["dim1"])
        order[first], order[second] = order[second], order[first]
    return order


def _long(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape without its axes of length one."""
    return tuple(length for length in shape if length != 1)
