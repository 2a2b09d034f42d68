"""Find the head of a network: what stands between its last feature maps and its logits.

From the logits back along the recorded graph: reshapes, at most one affine layer (linear, or a
1x1 convolution on the pooled vector), perhaps a normalisation over channels, and the one
reduction over both spatial axes, whose input is the feature map. Or the affine layer, and maybe
a ReLU, lies before the reduction: then the maps themselves are the classes'. Never by the names
of networks or modules, never by comparing values. Anything else is refused, in one sentence.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from model.cam import Array, Head
from model.errors import NetworkError
from model.spec import HeadKind
from model.training.operations import (
    Affine,
    Normalisation,
    Pooling,
    is_rectifier,
    keeps_vector,
    match_affine,
    match_normalisation,
    match_pooling,
    only_moves,
)
from model.training.recording import Operation, Recording
from model.training.refusals import explain_refusal


@dataclass(frozen=True)
class Seam:
    """A network cut between feature maps and head, for one batch.

    Attributes:
        kind: what the head is
        features: last convolutional maps, (B, C, h, w), still attached to the network's gradients
        logits: the network's own output, (B, K)
        affine: the linear layer; none where the maps are already the classes'
        normalisation: over channels, of the pooled vector; `gap_norm` alone
        rectified: the maps cannot be negative, by a ReLU
        channels_last: the network has its maps as (B, h, w, C) where it pools them
        whole_at_this_size: the pooling has a fixed window, which covers the maps at this input
            size and may not at another
    """

    kind: HeadKind
    features: Tensor
    logits: Tensor
    affine: Affine | None
    normalisation: Normalisation | None
    rectified: bool
    channels_last: bool
    whole_at_this_size: bool

    @property
    def channels(self) -> int:
        """C, the number of feature maps."""
        return self.features.shape[1]

    @property
    def classes(self) -> int:
        """K, the number of logits."""
        return self.logits.shape[1]


def cut(network: nn.Module, image: Tensor) -> Seam:
    """Run a network and find its head in what it did.

    Args:
        network: in evaluation mode
        image: as the network takes it, (B, 3, H, W); on the meta device the head is found alike,
            without values

    Raises:
        NetworkError: the head is none that keeps exact maps; the message says why
    """
    with Recording() as recording:
        logits = network(image)
    if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(image):
        raise NetworkError("the network does not answer with one row of logits per picture")
    return _Walk(network, recording, logits).seam()


def numeric_head(seam: Seam) -> Head:
    """What the head learned, as arrays."""
    if seam.affine is None:
        if seam.kind is HeadKind.CONV:
            return Head(kind=seam.kind)
        identity = np.eye(seam.classes, dtype=np.float32)
        return Head(kind=seam.kind, weight=identity, bias=np.zeros(seam.classes, dtype=np.float32))
    weight, bias = _array(seam.affine.rows), seam.affine.bias
    norm = seam.normalisation
    return Head(
        kind=seam.kind,
        weight=weight,
        bias=np.zeros(len(weight), dtype=np.float32) if bias is None else _array(bias),
        gamma=None if norm is None else _or_constant(norm.gamma, seam.channels, 1),
        beta=None if norm is None else _or_constant(norm.beta, seam.channels, 0),
        eps=None if norm is None else norm.eps,
    )


def _array(tensor: Tensor) -> Array:
    return np.ascontiguousarray(tensor.detach().cpu().to(torch.float32).numpy())


def _or_constant(tensor: Tensor | None, length: int, value: float) -> Array:
    return np.full(length, value, dtype=np.float32) if tensor is None else _array(tensor)


class _Walk:
    """From the logits back to the feature maps: a tensor, and how far in the pass we look."""

    def __init__(self, network: nn.Module, recording: Recording, logits: Tensor) -> None:
        self._constants = [*network.parameters(), *network.buffers()]
        self._recording = recording
        self._logits = logits
        self._tensor = logits
        self._before: int | None = None

    def seam(self) -> Seam:
        self._skip_reshapes()
        affine = self._take_affine()
        self._skip_reshapes()
        normalisation = self._take_normalisation() if affine else None
        self._skip_reshapes()
        pooling = self._take_pooling(normalised=normalisation is not None)
        rectified = self._check_class_maps() if affine is None else False
        kind = HeadKind.GAP_NORM if normalisation else pooling.kind
        if affine is None and kind is HeadKind.GAP:
            kind = HeadKind.CONV
        return Seam(
            kind=kind,
            features=pooling.features,
            logits=self._logits,
            affine=affine,
            normalisation=normalisation,
            rectified=rectified and kind is HeadKind.CONV,
            channels_last=pooling.channels_last,
            whole_at_this_size=pooling.fixed_window,
        )

    def _operation(self) -> Operation | None:
        return self._recording.producer(self._tensor, self._before)

    def _move(self, operation: Operation, tensor: Tensor) -> None:
        self._tensor, self._before = tensor, operation.position

    def _skip_reshapes(self) -> None:
        while (operation := self._operation()) and keeps_vector(operation):
            self._move(operation, operation.source)

    def _take_affine(self) -> Affine | None:
        operation = self._operation()
        affine = match_affine(self._recording, operation) if operation else None
        if affine is None or not (self._is_constant(affine.weight) and self._is_constant(affine.bias)):
            return None
        self._move(affine.operation, affine.source)
        return affine

    def _take_normalisation(self) -> Normalisation | None:
        operation = self._operation()
        normalisation = match_normalisation(operation) if operation else None
        if operation and normalisation:
            self._move(operation, operation.source)
        return normalisation

    def _take_pooling(self, normalised: bool) -> Pooling:
        operation = self._operation()
        pooling = match_pooling(self._recording, operation) if operation else None
        if pooling is None or (normalised and pooling.kind is not HeadKind.GAP):
            raise NetworkError(explain_refusal(self._recording, self._logits))
        self._move(pooling.operation, pooling.operation.source)
        return pooling

    def _check_class_maps(self) -> bool:
        """Without a layer after the pooling, one before it must make the classes' maps.

        Returns:
            whether a ReLU lies between
        """
        rectified = False
        while operation := self._operation():
            if is_rectifier(operation) and not rectified:
                rectified = True
            elif match_affine(self._recording, operation, anywhere=True):
                return rectified
            elif not only_moves(operation):
                break
            self._move(operation, operation.source)
        raise NetworkError("the network has no layer that turns feature maps into classes: it ends in pooled features")

    def _is_constant(self, tensor: Tensor | None) -> bool:
        """Whether a tensor is learned, not computed from the picture."""
        if tensor is None:
            return True
        before = self._before
        while (operation := self._recording.producer(tensor, before)) and only_moves(operation):
            tensor, before = operation.source, operation.position
        return any(tensor is constant for constant in self._constants)
