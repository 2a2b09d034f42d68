"""Replace padding that is computed from the input's size by padding that is not.

TensorFlow's "same" padding depends on the input's size; exporters turn that into a hundred
operations a layer. Where a layer's input is a multiple of its stride, as all are when the
picture's sides are multiples of the network's, it is `kernel - stride`, whatever the size.
"""

import copy

from torch import nn

PLAIN = {"Conv2dSame": nn.Conv2d, "MaxPool2dSame": nn.MaxPool2d, "AvgPool2dSame": nn.AvgPool2d}  # timm's, and torch's


def with_static_padding(network: nn.Module) -> nn.Module:
    """A copy of a network in which every "same" padding is one of fixed size.

    Equal to the network where sides are multiples of its stride; elsewhere not, so exported
    graphs are compared with the network itself.
    """
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if _is_same(child):
                setattr(parent, name, _padded(child))
            elif getattr(child, "same_pad", False):  # of the convolutions with standardised weights
                child.same_pad = False  # type: ignore[assignment]
                setattr(parent, name, nn.Sequential(_pad(child), child))
    return network


def _is_same(layer: nn.Module) -> bool:
    """By name: importing timm takes seconds, which torchvision's networks need not wait for."""
    return type(layer).__module__.startswith("timm.layers.") and type(layer).__name__ in PLAIN


def _padded(layer: nn.Module) -> nn.Module:
    pad = _pad(layer)
    layer.__class__ = PLAIN[type(layer).__name__]
    return nn.Sequential(pad, layer)


def _pad(layer: nn.Module) -> nn.Module:
    """left, right, top, bottom: the odd pixel comes last, as TensorFlow has it."""
    (height, width), (down, across) = _pair(layer, "kernel_size"), _pair(layer, "stride")
    dilation = _pair(layer, "dilation") if hasattr(layer, "dilation") else (1, 1)
    rows = max((height - 1) * dilation[0] + 1 - down, 0)
    columns = max((width - 1) * dilation[1] + 1 - across, 0)
    value = -float("inf") if isinstance(layer, nn.MaxPool2d) else 0.0
    return nn.ConstantPad2d((columns // 2, columns - columns // 2, rows // 2, rows - rows // 2), value)


def _pair(layer: nn.Module, name: str) -> tuple[int, int]:
    value = getattr(layer, name)
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
