"""Say in one sentence why a network has no exact map."""

from dataclasses import dataclass, field

from torch import Tensor

from model.training.operations import keeps_vector, match_affine, match_pooling, only_moves
from model.training.recording import Operation, Recording

ACTIVATIONS = {
    "relu": "ReLU", "hardtanh": "ReLU6", "hardswish": "Hardswish", "silu": "SiLU", "gelu": "GELU", "tanh": "tanh",
    "sigmoid": "sigmoid", "hardsigmoid": "hard sigmoid", "softmax": "softmax", "log_softmax": "log-softmax",
    "leaky_relu": "leaky ReLU", "elu": "ELU", "prelu": "PReLU", "mish": "Mish", "softplus": "softplus",
}  # fmt: skip
CONSEQUENCE = "so no map accounts for its scores exactly"


@dataclass
class _Findings:
    """What lies between the logits and the nearest feature maps."""

    affine_layers: int = 0
    activations: list[str] = field(default_factory=list)
    poolings: int = 0
    flattened: tuple[int, ...] | None = None
    tokens: bool = False
    partly_pooled: bool = False
    others: list[str] = field(default_factory=list)


def explain_refusal(recording: Recording, logits: Tensor) -> str:
    """One sentence about a pass in which no head was found."""
    found = _Findings()
    pending: list[tuple[Tensor, int | None]] = [(logits, None)]
    seen: set[int] = set()
    while pending:
        tensor, before = pending.pop()
        operation = recording.producer(tensor, before)
        if operation is None or operation.position in seen:
            continue
        seen.add(operation.position)
        pending.extend((source, operation.position) for source in _note(recording, operation, found))
    return f"the network {_reason(found)}, {CONSEQUENCE}"


def _note(recording: Recording, operation: Operation, found: _Findings) -> list[Tensor]:
    """Enter an operation into the findings.

    Returns:
        the tensors to follow further back
    """
    if match_pooling(recording, operation):
        found.poolings += 1
        return []
    if affine := match_affine(recording, operation):
        found.affine_layers += 1
        return [affine.source]
    sources = [tensor for tensor in operation.tensors() if len(tensor) == len(operation.outputs[0])]
    if keeps_vector(operation):
        return [operation.source]
    if _is_map(operation.source):
        _note_maps(operation, found)
        return []
    if sequences := [tensor for tensor in sources if _is_sequence(tensor)]:
        found.flattened = _maps_before(recording, sequences[0], operation.position)
        found.tokens = found.flattened is None
        return []
    if operation.name in ACTIVATIONS:
        found.activations.append(ACTIVATIONS[operation.name])
    elif not only_moves(operation):
        found.others.append(operation.name)
    return sources


def _note_maps(operation: Operation, found: _Findings) -> None:
    """What was done to four-dimensional maps, other than pooling them whole."""
    if only_moves(operation):
        found.flattened = tuple(operation.source.shape[-2:])
    elif operation.name.startswith(("avg_pool", "max_pool", "adaptive")):
        found.partly_pooled = True
    else:
        found.others.append(operation.name)


def _maps_before(recording: Recording, tensor: Tensor, before: int) -> tuple[int, ...] | None:
    """Size of the maps that a three-dimensional tensor is a part or another arrangement of."""
    while (operation := recording.producer(tensor, before)) and only_moves(operation):
        tensor, before = operation.source, operation.position
        if _is_map(tensor):
            return tuple(tensor.shape[-2:])
    return None


def _is_map(tensor: Tensor) -> bool:
    return tensor.ndim == 4 and sum(length > 1 for length in tensor.shape[1:]) > 1


def _is_sequence(tensor: Tensor) -> bool:
    return tensor.ndim == 3 and tensor.shape[1] > 1 and tensor.shape[2] > 1


def _reason(found: _Findings) -> str:
    size = " x ".join(str(length) for length in found.flattened or ())
    activation, other = next(iter(found.activations), ""), next(iter(found.others), "")
    between = f" with an activation ({activation}) between" if activation else ""
    sentences = {
        "combines several poolings of its feature maps": found.poolings > 1,
        f"flattens its {size} feature maps into fully connected layers instead of pooling them": bool(size),
        "reads its classes from a sequence of tokens instead of pooled feature maps": found.tokens,
        "pools its feature maps with a window that does not cover them": found.partly_pooled,
        f"has {found.affine_layers} fully connected layers after the pooling{between}": found.affine_layers > 1,
        f"has an activation ({activation}) between the pooling and its scores": bool(activation),
        f"has a step ('{other}') between feature maps and scores that is neither pooling nor linear": bool(other),
    }
    return next((sentence for sentence, holds in sentences.items() if holds), "does not pool its last feature maps")
