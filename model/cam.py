"""Class activation maps: how much each cell of the last feature maps gave to each logit.

    features f[c,y,x]     last convolutional maps, C x h x w
    head     W[k,c], b[k] the linear layer after global average pooling
    map      M[k,y,x] = sum_c W[k,c] f[c,y,x]         in logits
    identity logit[k] = mean_yx M[k,y,x] + b[k]       to rounding error

Zhou et al. 2016, "Learning Deep Features for Discriminative Localization", equation 2;
divided by h w, so that the mean, not the sum, of a map is the score. Heads that are not
quite average and linear are brought to the same identity. Pure functions on arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from model.products import matmul
from model.spec import HeadKind

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """What a head learned, as far as its map needs it.

    Attributes:
        kind: what stands between feature maps and classes
        weight: rows of the linear layer, (K, C); none for `conv` and `fc`
        bias: of the linear layer, (K,); none for `conv` and `fc`
        gamma: scale of the normalisation over channels, (C,); `gap_norm` alone
        beta: shift of the normalisation over channels, (C,); `gap_norm` alone
        eps: added to the variance of the normalisation; `gap_norm` alone
    """

    kind: HeadKind
    weight: Array | None = None
    bias: Array | None = None
    gamma: Array | None = None
    beta: Array | None = None
    eps: float | None = None

    def __post_init__(self) -> None:
        linear = self.kind not in (HeadKind.CONV, HeadKind.FC)
        normed = self.kind is HeadKind.GAP_NORM
        for name, wanted in (
            ("weight", linear), ("bias", linear), ("gamma", normed), ("beta", normed), ("eps", normed),
        ):  # fmt: skip
            if (getattr(self, name) is not None) != wanted:
                raise ValueError(f"a '{self.kind}' head has {'' if wanted else 'no '}{name}")
        if self.weight is None or self.bias is None:
            return
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[:1]:
            raise ValueError(f"weight {self.weight.shape} and bias {self.bias.shape} are not (K, C) and (K,)")
        for vector in (self.gamma, self.beta):
            if vector is not None and vector.shape != self.weight.shape[1:]:
                raise ValueError(f"gamma and beta must be ({self.weight.shape[1]},), not {vector.shape}")

    def linear(self) -> tuple[Array, Array]:
        """The linear layer: weight (K, C) and bias (K,).

        Raises:
            ValueError: the head has none
        """
        if self.weight is None or self.bias is None:
            raise ValueError(f"a '{self.kind}' head has no linear layer")
        return self.weight, self.bias


def class_activation_maps(features: Array, weight: Array) -> Array:
    """Weigh each feature map by what the head learned for each class (Zhou et al. 2016, eq. 2).

    Args:
        features: last convolutional maps, (B, C, h, w)
        weight: rows of the linear head, (K, C)

    Returns:
        maps in logits, (B, K, h, w): signed, not rectified, not rescaled

    Raises:
        ValueError: the two disagree on C
    """
    batch, channels, height, width = features.shape
    if weight.shape[1] != channels:
        raise ValueError(f"{channels} feature maps do not fit a head of {weight.shape[1]} channels")
    return matmul(weight, features.reshape(batch, channels, height * width)).reshape(batch, len(weight), height, width)


def normalise_channels(features: Array, head: Head) -> Array:
    """Apply the head's normalisation to every cell, with the pooled vector's own mean and deviation.

    The statistics are those of the average over the picture, so each cell takes the same affine
    map as the pooled vector, and averaging commutes with it. beta stays out: it is the bias's.

    Args:
        features: last convolutional maps, (B, C, h, w)
        head: with gamma (C,), beta (C,) and eps

    Returns:
        gamma (f - mu) / sigma, (B, C, h, w)

    Raises:
        ValueError: the head has no normalisation
    """
    if head.gamma is None or head.eps is None:
        raise ValueError(f"a '{head.kind}' head has no normalisation")
    pooled = features.mean(axis=(2, 3), dtype=np.float64)
    mu = pooled.mean(axis=1)[:, None, None, None]
    sigma = np.sqrt(pooled.var(axis=1) + head.eps)[:, None, None, None]
    return np.asarray(head.gamma[:, None, None] * ((features - mu) / sigma), dtype=np.float32)


def keep_peaks(features: Array) -> Array:
    """Put each channel's whole h w max at its (first) peak cell, so that its mean is its maximum.

    Args:
        features: last convolutional maps, (B, C, h, w)

    Returns:
        (B, C, h, w), zero but for one cell a channel
    """
    batch, channels, height, width = features.shape
    flat = features.reshape(batch, channels, height * width)
    where = flat.argmax(axis=2)[:, :, None]
    peaks = np.zeros_like(flat)
    np.put_along_axis(peaks, where, height * width * np.take_along_axis(flat, where, axis=2), axis=2)
    return peaks.reshape(features.shape)


def linear_features(features: Array, head: Head) -> tuple[Array, Array]:
    """Bring any head to `map = W f`: what its weights are to weigh, and what each logit has from no cell at all.

    Args:
        features: last convolutional maps, (B, C, h, w); of a `conv` head the K maps themselves
        head: any kind but `fc`

    Returns:
        features (B, C, h, w) to be weighed, or shown as they are where the head has no weights; and the bias
        (B, K), in logits, which is the picture's own, since a normalisation makes it so

    Raises:
        ValueError: the head keeps no location (`fc`)
    """
    batch, channels, height, width = features.shape
    match head.kind:
        case HeadKind.FC:
            raise ValueError("fully connected layers after flattening leave no map")
        case HeadKind.CONV:
            return features, np.zeros((batch, channels), dtype=np.float32)
        case HeadKind.SUM:
            features = features * np.float32(height * width)
        case HeadKind.GMP:
            features = keep_peaks(features)
        case HeadKind.GAP_NORM:
            features = normalise_channels(features, head)
    weight, bias = head.linear()
    if head.beta is not None:
        bias = bias + weight @ head.beta
    return features, np.broadcast_to(bias, (batch, len(bias))).copy()


def explain_logits(features: Array, head: Head) -> tuple[Array, Array]:
    """The exact map of every class, whatever the head: mean(map) + bias is the logit.

    Args:
        features: last convolutional maps, (B, C, h, w); of a `conv` head the K maps themselves
        head: any kind but `fc`

    Returns:
        maps (B, K, h, w) and bias (B, K), both in logits

    Raises:
        ValueError: the head keeps no location (`fc`), or does not fit the features
    """
    features, bias = linear_features(features, head)
    return (features if head.weight is None else class_activation_maps(features, head.weight)), bias


class ClassMaps:
    """One photo's maps, (K, h, w) in logits, each computed once, when it is first looked at.

    maps[285] is one class's, maps[[285, 281]] several, np.asarray(maps) all of them.
    """

    def __init__(self, features: Array, weight: Array | None) -> None:
        """Keep what maps are made of.

        Args:
            features: to be weighed, (C, h, w); see linear_features
            weight: of the head, (K, C); none where the features are the maps
        """
        self._features = features
        self._weight = weight
        self._all = features if weight is None else None
        self._some: dict[int, Array] = {}

    @property
    def features(self) -> Array:
        """What is weighed, (C, rows, columns): each channel's own map; the K maps themselves where nothing is."""
        return self._features

    @property
    def weight(self) -> Array | None:
        """What weighs it, (K, C), in logits per unit; None where the features are the maps."""
        return self._weight

    @property
    def shape(self) -> tuple[int, int, int]:
        """(K, rows, columns)."""
        classes = len(self._features if self._weight is None else self._weight)
        return classes, *self._features.shape[1:]

    def __len__(self) -> int:
        return self.shape[0]

    @overload
    def __getitem__(self, which: int) -> Array: ...

    @overload
    def __getitem__(self, which: Sequence[int]) -> Array: ...

    def __getitem__(self, which: int | Sequence[int]) -> Array:
        if self._all is not None or self._weight is None:
            return np.asarray(self._everything()[which])
        if isinstance(which, int):
            return np.asarray(self[[which]][0])
        if missing := [index for index in which if index not in self._some]:
            maps = class_activation_maps(self._features[None], self._weight[missing])[0]
            self._some.update(zip(missing, maps, strict=True))
        return np.array([self._some[index] for index in which], np.float32).reshape(len(which), *self.shape[1:])

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self._everything(), dtype=dtype, copy=copy)

    def _everything(self) -> Array:
        if self._all is None and self._weight is not None:
            self._all = class_activation_maps(self._features[None], self._weight)[0]
        return np.asarray(self._all)


def residual(maps: Array, bias: Array, logits: Array) -> npt.NDArray[np.float64]:
    """How far the account is from the score: mean(map) + bias - logit, in logits.

    Args:
        maps: (..., h, w)
        bias: (...)
        logits: the network's own output, (...)

    Returns:
        (...), in double precision
    """
    return np.asarray(maps.mean(axis=(-2, -1), dtype=np.float64) + bias.astype(np.float64) - logits)
