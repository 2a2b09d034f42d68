"""What a network did in one forward pass: its last ATen operations, on the tensors themselves.

Recorded below autograd and above the kernels, where every network speaks the same few words
whatever its modules are called and however its forward method is written: `AdaptiveAvgPool2d(1)`,
`x.mean((2, 3))` and `F.adaptive_avg_pool2d(x, 1)` are all `mean` there, and dropout is nothing.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

TAIL = 128


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        position: its place in the pass, counted from 0
        name: without namespace, overload and the underscores of in-place and private variants
        arguments: all of them by name, defaults included
        outputs: the tensors it gave
    """

    position: int
    name: str
    arguments: Mapping[str, Any]
    outputs: tuple[Tensor, ...]

    def tensors(self) -> Iterator[Tensor]:
        """The tensors it took, in order; those in lists too."""
        for value in self.arguments.values():
            if isinstance(value, Tensor):
                yield value
            elif isinstance(value, list | tuple):
                yield from (item for item in value if isinstance(item, Tensor))

    @property
    def source(self) -> Tensor:
        """The first tensor it took."""
        return next(self.tensors())


class Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A context in which the last TAIL operations are kept, with their tensors.

    Kept tensors stay alive, so a tensor's id names it for as long as it is in the recording;
    older ones may go, and a pass over a large batch needs no more memory than its end.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._operations: deque[Operation] = deque(maxlen=TAIL)
        self._count = 0

    def __torch_dispatch__(
        self,
        func: OpOverload[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        """Run an operation and keep it."""
        result = func(*args, **(kwargs or {}))
        outputs = result if isinstance(result, tuple | list) else (result,)
        self._operations.append(
            Operation(
                position=self._count,
                name=func.name().partition(".")[0].removeprefix("aten::").strip("_"),  # type: ignore[no-untyped-call]
                arguments=_named(func, args, kwargs or {}),
                outputs=tuple(value for value in outputs if isinstance(value, Tensor)),
            )
        )
        self._count += 1
        return result

    def producer(self, tensor: Tensor, before: int | None = None) -> Operation | None:
        """The last operation that gave or changed a tensor, if it is among those kept.

        Args:
            tensor: of this pass
            before: position of an operation; only earlier ones count
        """
        for operation in reversed(self._operations):
            if before is not None and operation.position >= before:
                continue
            if any(output is tensor for output in operation.outputs):
                return operation
        return None


def _named(func: OpOverload[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    parameters = func._schema.arguments  # noqa: SLF001 (there is no public way to an operation's parameter names)
    named = dict(zip((parameter.name for parameter in parameters), args, strict=False))
    for parameter in parameters[len(args) :]:
        named[parameter.name] = kwargs.get(parameter.name, parameter.default_value)
    return named
