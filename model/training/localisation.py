"""Whether heads' exact maps lie where the boxes are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import torch

from model.boxes import BoxedPicture
from model.cam import Array, explain_logits
from model.census import look
from model.classifier import Classifier
from model.coverage import Region
from model.errors import DatasetError
from model.evaluation.evidence import inside
from model.evaluation.localisation import iou
from model.evaluation.pointing import points_at
from model.evaluation.truth import Truth
from model.evidence import PlacedMap
from model.geometry import Grid, place_grid
from model.head_comparison import BoxCounts, Localisation, Spread
from model.photos import open_photo
from model.plan import HeadChoice
from model.preprocess import enough, prepare
from model.regions import box
from model.training.head_modules import ConvolutionHead, MlpconvHead, TrainableHead

HALF = 0.5
Size = tuple[int, int]


def maps_of(head: TrainableHead, features: Array) -> Array:
    """The exact maps of every output, (B, K, h, w), in logits.

    Args:
        head: any but fully connected layers, which leave none
        features: maps of the network, (B, C, h, w)

    Raises:
        ValueError: the head leaves no map
    """
    with torch.no_grad():
        if isinstance(head, ConvolutionHead):
            return head.convolution(torch.from_numpy(features)).numpy()  # type: ignore[no-any-return]
        if isinstance(head, MlpconvHead):
            return head.maps(torch.from_numpy(features)).numpy()
    return explain_logits(features, head.numeric())[0]


@dataclass
class _Tally:
    """What one head with one seed found."""

    pointing: list[bool] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    overlap: list[bool] = field(default_factory=list)
    own: list[bool] = field(default_factory=list)

    def count(self, cam: PlacedMap, own: Sequence[Region], others: Sequence[Region], size: Size) -> None:
        """Compare a class's map with its boxes and those of the other classes on the picture."""
        truth = Truth(tuple(own))
        self.pointing.append(points_at(cam, truth, size))
        self.inside.append(inside(cam, truth, size))
        found = box(cam.values, cam.grid, size)
        self.overlap.append(
            found is not None
            and any(iou(Region(found.left, found.top, found.right, found.bottom), region) >= HALF for region in own)
        )
        if others:
            self.own.append(_density(cam, truth, size) > _density(cam, Truth(tuple(others)), size))


def localise(
    heads: Mapping[HeadChoice, Sequence[TrainableHead]],
    labels: Sequence[str],
    pictures: Sequence[BoxedPicture],
    classifier: Classifier,
    max_megapixels: float,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[dict[HeadChoice, Localisation], BoxCounts, tuple[str, ...]]:
    """Lay every head's maps over the boxes; the network runs once a picture.

    Args:
        heads: one for each seed
        labels: of the heads' outputs
        pictures: with boxes of these labels
        classifier: whose features the heads were trained on
        max_megapixels: a larger picture is left out
        progress: called with pictures done and in all

    Returns:
        each head's figures, what they were counted on, and a sentence for each picture left out

    Raises:
        DatasetError: none of the pictures can be used
    """
    tallies = {name: [_Tally() for _ in trained] for name, trained in heads.items()}
    areas, problems, used = [], [], 0
    for done, picture in enumerate(pictures, start=1):
        if trouble := look(picture.path, max_megapixels).trouble:
            problems.append(f"'{picture.name}', which has boxes, is left out ({trouble}).")
            continue
        used += 1
        features, grid, size = _features(picture, classifier)
        regions = _on_picture(picture, size)
        areas += [Truth(own).area(size) for own in regions.values()]
        for name, trained in heads.items():
            for head, tally in zip(trained, tallies[name], strict=True):
                _count(tally, maps_of(head, features)[0], labels, regions, grid, size)
        progress(done, len(pictures))
    if not areas:
        raise DatasetError("No picture with boxes can be used. " + " ".join(problems[:1]))
    figures = {name: _figures(of_seeds) for name, of_seeds in tallies.items()}
    return figures, BoxCounts(pictures=used, maps=len(areas), area=fmean(areas)), tuple(problems)


def _features(picture: BoxedPicture, classifier: Classifier) -> tuple[Array, Grid, Size]:
    """A picture's feature maps (1, C, h, w), where their cells lie on it, and its (width, height)."""
    spec = classifier.spec
    photo = open_photo(picture.path.read_bytes(), float("inf")).read(enough(spec.preprocessing))
    size = (photo.width, photo.height)
    seen = spec.preprocessing.fixed_size
    if seen is None or spec.grid is None:
        raise ValueError("heads are compared on inputs of one size, by a network with maps")
    features = classifier.features(prepare(photo, spec.preprocessing, seen)[None])
    return features, place_grid(spec.grid, (features.shape[2], features.shape[3]), seen, size), size


def _on_picture(picture: BoxedPicture, size: Size) -> dict[str, tuple[Region, ...]]:
    try:
        return {label: tuple(one.cut_to(size) for one in regions) for label, regions in picture.regions.items()}
    except ValueError:
        raise DatasetError(f"{picture.path}: has a box beside the picture of {size[0]} x {size[1]} pixels.") from None


def _count(
    tally: _Tally,
    maps: Array,
    labels: Sequence[str],
    regions: Mapping[str, Sequence[Region]],
    grid: Grid,
    size: Size,
) -> None:
    for label, own in regions.items():
        others = [region for other, theirs in regions.items() if other != label for region in theirs]
        tally.count(PlacedMap(maps[labels.index(label)], grid), own, others, size)


def _figures(tallies: Sequence[_Tally]) -> Localisation:
    return Localisation(
        pointing=Spread.of([fmean(tally.pointing) for tally in tallies]),
        inside=Spread.of([fmean(tally.inside) for tally in tallies]),
        overlap=Spread.of([fmean(tally.overlap) for tally in tallies]),
        own=Spread.of([fmean(tally.own) for tally in tallies]) if tallies[0].own else None,
    )


def _density(cam: PlacedMap, truth: Truth, size: Size) -> float:
    """What a map gives in boxes, per area."""
    return inside(cam, truth, size) / truth.area(size)
