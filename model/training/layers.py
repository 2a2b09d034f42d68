"""A network as a table: every layer in the order of a forward pass, with its shape and its parameters."""

import contextlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model.layers import LAYERS, Layer


@dataclass
class _Call:
    """One call of a module in a forward pass; its shape is known when it is over."""

    name: str
    module: nn.Module
    shape: tuple[int, ...] = ()


def layer_table(network: nn.Module, side: int, head: str | None = None) -> list[dict[str, Any]]:
    """Every layer in the order of a forward pass: what has parameters of its own, or no layers inside.

    A layer that is used again gets another row, without parameters: these add up to the network's.

    Args:
        network: on any device; the meta device needs no weights and no time
        side: of a square input, in pixels
        head: name of the module that is the head; default what follows the last maps, and where
            nothing learned follows them, what made them

    Returns:
        rows of model.layers.Layer as JSON values

    Raises:
        RuntimeError: and whatever else a network raises for a size that it does not take
    """
    with _watched(network) as calls:
        device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
        with torch.no_grad():
            network(torch.zeros(1, 3, side, side, device=device))
    learned = _parameters(network, {call.name for call in calls})
    rows = [call for call in calls if learned[call.name] or not any(call.module.children())]
    rows = [call for call in rows if learned[call.name] or not isinstance(call.module, nn.Identity | nn.Sequential)]
    counts = [learned.pop(call.name, 0) for call in rows]  # of a layer that is used again, once
    start = _head_start(rows, counts)
    return [
        Layer(
            name=call.name or type(network).__name__,
            kind=_kind(call.module),
            shape=call.shape,
            size=math.prod(call.shape),
            parameters=count,
            head=position >= start if head is None else f"{call.name}.".startswith(f"{head}."),
        ).model_dump(mode="json")
        for position, (call, count) in enumerate(zip(rows, counts, strict=True))
    ]


def describe_layers(shape: nn.Module, network: nn.Module, side: int, head: str | None = None) -> dict[str, Any]:
    """What a bundle's provenance says of its layers: the table, for which input, and the parameters in all.

    Args:
        shape: the network on the meta device
        network: the same on the CPU, for what cannot be run on the meta device
        side: of a square input that it takes, in pixels
        head: as above
    """
    try:
        layers = layer_table(shape, side, head)
    except Exception:  # noqa: BLE001 (each library has its own for what the meta device cannot do)
        layers = layer_table(network, side, head)
    return {LAYERS: layers, "layers_side": side, "parameters": sum(layer["parameters"] for layer in layers)}


@contextlib.contextmanager
def _watched(network: nn.Module) -> Iterator[list[_Call]]:
    """The calls of a network's modules while the context lasts, in the order in which they begin."""
    calls: list[_Call] = []
    running: list[_Call] = []
    names = {module: name for name, module in network.named_modules()}

    def begin(module: nn.Module, _inputs: object) -> None:
        running.append(_Call(names[module], module))
        calls.append(running[-1])

    def end(_module: nn.Module, _inputs: object, output: object) -> None:
        running.pop().shape = _shape(output)

    handles = [module.register_forward_pre_hook(begin) for module in names]
    handles += [module.register_forward_hook(end) for module in names]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _shape(output: object) -> tuple[int, ...]:
    """The shape of a layer's output without the batch; of several, the first's."""
    if isinstance(output, Tensor):
        return tuple(output.shape[1:])
    if isinstance(output, tuple | list):
        return next((_shape(part) for part in output if isinstance(part, Tensor)), ())
    return ()


def _parameters(network: nn.Module, called: set[str]) -> Counter[str]:
    """Learned numbers by module; of one that is never called itself (attention's projection), with the one it is in."""
    counts: Counter[str] = Counter()
    for name, parameter in network.named_parameters():
        owner = name.rpartition(".")[0]
        while owner and owner not in called:
            owner = owner.rpartition(".")[0]
        counts[owner] += parameter.numel()
    return counts


def _head_start(rows: list[_Call], counts: list[int]) -> int:
    """Where the head begins: after the last maps, or with the layer that made them where nothing learned follows."""
    start = 1 + max((position for position, call in enumerate(rows) if _is_map(call.shape)), default=-1)
    if any(counts[start:]):
        return start
    return max((position for position, count in enumerate(counts) if count), default=start)


def _is_map(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[1:] != (1, 1)


def _kind(module: nn.Module) -> str:
    """What torch calls such a layer, where a library only varies one of torch's."""
    for cls in type(module).__mro__:
        if cls.__module__.startswith("torch.nn.") and cls is not nn.Module:
            return cls.__name__
    return type(module).__name__
