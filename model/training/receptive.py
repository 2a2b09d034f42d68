"""Where a cell looks: the centre of the part of the input that its value depends on."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from model.errors import NetworkError
from model.spec import GridGeometry
from model.training.heads import cut
from model.training.sizes import Sizes

CELLS = 16  # rows of the probe: a cell in the middle then sees no border to speak of
POOLING = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")


def grid_geometry(network: nn.Module, sizes: Sizes) -> GridGeometry:
    """Where the cells of a network's last feature maps lie on its input.

    Where rows x stride is the input's height, at every size, the cells tile it. Elsewhere
    (Inception: convolutions without padding) the first cell lies around what it looks at.
    """
    left = top = 0.0
    if not sizes.tiled:
        row, column = first_centre(network, sizes)
        left, top = column - sizes.stride_x / 2, row - sizes.stride_y / 2
    return GridGeometry(stride_x=sizes.stride_x, stride_y=sizes.stride_y, left=left, top=top)


def first_centre(network: nn.Module, sizes: Sizes) -> tuple[float, float]:
    """Centre of what the first cell looks at, in input pixels from the top left corner, to half a pixel.

    Measured by the gradient of a cell in the middle, in a copy of the network whose weights are
    all positive and alike and whose maxima are averages: then every path from a pixel to the cell
    counts alike, none cancels another, and the centre is the architecture's, not the weights'.

    Returns:
        y, x; the cell (i, j) looks at (y + i stride_y, x + j stride_x)

    Raises:
        NetworkError: no path leads from the input to the cell
    """
    network = _even(network)
    for level in (1.0, 0.01):  # high enough for shifted inputs, or low enough for what saturates
        paths, row, column = _paths(network, level, CELLS * sizes.multiple)
        if paths.sum() > 0:
            break
    else:
        raise NetworkError("where the cells of the network look cannot be measured")
    paths /= paths.sum()
    along = torch.arange(len(paths)) + 0.5
    y = float((paths.sum(1) * along).sum()) - row * sizes.stride_y
    x = float((paths.sum(0) * along).sum()) - column * sizes.stride_x
    return round(2 * y) / 2, round(2 * x) / 2


def _paths(network: nn.Module, level: float, side: int) -> tuple[Tensor, int, int]:
    """How much a cell in the middle depends on each pixel (side, side) of an even picture; its row and column."""
    image = torch.full((1, 3, side, side), level, requires_grad=True)
    with _AverageForMaximum(), torch.enable_grad():
        features = cut(network, image).features
    row, column = features.shape[2] // 2, features.shape[3] // 2
    (gradient,) = torch.autograd.grad(features[0, :, row, column].sum(), image)
    return gradient.abs().sum((0, 1)).double().nan_to_num(), row, column


def _even(network: nn.Module) -> nn.Module:
    """A copy that averages wherever the network weighs, and normalises nothing."""
    network = copy.deepcopy(network)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(1 / parameter[0].numel() if parameter.ndim > 1 else not name.endswith("bias"))
        for name, buffer in network.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.fill_(name.endswith("running_var"))
    return network


class _AverageForMaximum(TorchFunctionMode):
    """A context in which a maximum over a window is the window's average."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Run a function, or the one that stands in for it."""
        if getattr(func, "__name__", "") != "max_pool2d":
            return func(*args, **(kwargs or {}))
        given = {**dict(zip(POOLING, args, strict=False)), **(kwargs or {})}
        source: Tensor = given["input"]
        options = {name: given[name] for name in ("stride", "padding", "ceil_mode") if name in given}
        return functional.avg_pool2d(source, given["kernel_size"], **options)
