"""A network up to its last feature maps, to train with another head: without knowing how its code is written.

The pooling in front of the head is found once, by its shapes: the last call that takes the feature
maps and gives something without their two axes. From then on the pass is left at that very call.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from model.errors import NetworkError
from model.training.head_modules import TrainableHead
from model.training.heads import Seam, cut
from model.training.sizes import LARGE

Function = Callable[..., Any]


@dataclass(frozen=True)
class Pooling:
    """A call of a torch function, the `call`th one in a pass; its first argument are the feature maps."""

    function: Function
    call: int
    channels_last: bool


class Trunk(nn.Module):
    """A network that answers with its last feature maps, (B, C, h, w).

    Args:
        network: any whose head `cut` finds
        side: of a square input that it takes, in pixels

    Raises:
        NetworkError: the head keeps no exact maps, or the pooling is not to be found
    """

    def __init__(self, network: nn.Module, side: int) -> None:
        super().__init__()
        self.network = network
        self._pooling = find_pooling(network, side)

    def forward(self, image: Tensor) -> Tensor:
        """Feature maps (B, C, h, w) of normalised images (B, 3, H, W)."""
        try:
            with _Until(self._pooling):
                self.network(image)
        except _Reached as reached:
            return reached.features
        raise NetworkError("the network's pass did not come to its pooling")

    def used_parameters(self, side: int) -> dict[str, nn.Parameter]:
        """The parameters that the feature maps depend on, by the network's own names: all but the old head's."""
        named = dict(self.network.named_parameters())
        kept = {name: parameter.requires_grad for name, parameter in named.items()}
        device = next(iter(named.values())).device
        try:
            self.network.requires_grad_(True)
            with torch.enable_grad():
                features = self(torch.zeros(1, 3, side, side, device=device))
            gradients: Sequence[Tensor | None] = torch.autograd.grad(
                features.sum(), list(named.values()), allow_unused=True
            )
        finally:
            for name, parameter in named.items():
                parameter.requires_grad_(kept[name])
        return {
            name: parameter
            for (name, parameter), gradient in zip(named.items(), gradients, strict=True)
            if gradient is not None
        }


class HeadedNetwork(nn.Module):
    """A trunk and a head: images (B, 3, H, W) to logits (B, K)."""

    def __init__(self, trunk: Trunk, head: TrainableHead) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head

    def forward(self, image: Tensor) -> Tensor:
        """Logits (B, K)."""
        logits: Tensor = self.head(self.trunk(image))
        return logits


def find_pooling(network: nn.Module, side: int) -> Pooling:
    """Where in a pass the feature maps are pooled.

    Raises:
        NetworkError: nowhere, or the head keeps no exact maps
    """
    device = next(network.parameters()).device
    with torch.no_grad():
        image = torch.zeros(2, 3, side, side, device=device)
        seam = cut(network, image)
        while (
            seam.features.shape[2:] == (1, 1) and side < LARGE
        ):  # of one cell, what pools is not told from what follows
            side *= 2
            image = torch.zeros(2, 3, side, side, device=device)
            seam = cut(network, image)
        search = _Search(seam)
        with search:
            network(image)
    if search.found is None:
        raise NetworkError("the network's pooling is not a call that its pass could be left at")
    return search.found


class _Reached(Exception):
    """The pass came to the pooling; carries what it was to pool."""

    def __init__(self, features: Tensor) -> None:
        self.features = features


class _Until(TorchFunctionMode):
    """A context in which a pass is left at a call."""

    def __init__(self, pooling: Pooling) -> None:
        super().__init__()
        self._pooling = pooling
        self._calls = 0

    def __torch_function__(
        self, func: Function, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> object:
        if func is self._pooling.function:
            self._calls += 1
            if self._calls == self._pooling.call:
                features = _first_tensor(args, kwargs)
                raise _Reached(features.permute(0, 3, 1, 2) if self._pooling.channels_last else features)
        return func(*args, **(kwargs or {}))


class _Search(TorchFunctionMode):
    """A context that notes the last call which takes the feature maps' axes away."""

    def __init__(self, seam: Seam) -> None:
        super().__init__()
        shape = tuple(seam.features.shape)
        self._channels_last = seam.channels_last
        self._shape = (shape[0], *shape[2:], shape[1]) if seam.channels_last else shape
        self._calls: Counter[Function] = Counter()
        self.found: Pooling | None = None

    def __torch_function__(
        self, func: Function, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> object:
        self._calls[func] += 1
        call = self._calls[func]
        result = func(*args, **(kwargs or {}))
        source = _first_tensor(args, kwargs, missing_ok=True)
        if source is not None and tuple(source.shape) == self._shape and self._is_pooled(result):
            self.found = Pooling(func, call, self._channels_last)
        return result

    def _is_pooled(self, result: object) -> bool:
        """Whether a result has one value where there was a map."""
        if not isinstance(result, Tensor) or result.numel() == 0:
            return False
        batch = self._shape[0]
        channels = self._shape[-1] if self._channels_last else self._shape[1]
        return result.shape[:1] == (batch,) and result.numel() == batch * channels


def _first_tensor(args: Sequence[Any], kwargs: Mapping[str, Any] | None, missing_ok: bool = False) -> Any:  # noqa: ANN401
    """The first argument of a call that is a tensor."""
    for value in (*args, *(kwargs or {}).values()):
        if isinstance(value, Tensor):
            return value
    if missing_ok:
        return None
    raise NetworkError("the network's pooling takes no feature maps")
