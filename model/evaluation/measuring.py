"""Whether maps lie on what they are to show: counted picture by picture, then measured over all of them.

Each way to look has tables in the folder (model.evaluation.folder), a row a picture, NaN where it has no truth:

    1-look        whether the class is right, pointing, pointing within 15 pixels, energy, rows, columns
    1-largest     IoU of the largest region's box at each threshold
    1-any         best IoU of any region's box at each threshold
    1-thing, 1-beside    pixels by threshold, on the mask and beside it
    truth-area    the share of the picture that its boxes or its mask cover

and so with 1.5, 2, 3, fused and the baseline centre.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.coverage import Size
from model.evaluation.baselines import BOX, CENTRE, best_fit, centre_map, mean_box
from model.evaluation.evidence import inside
from model.evaluation.figures import BoxMeasure, LocalisationFigures, MapMeasures
from model.evaluation.folder import EvaluationFolder
from model.evaluation.localisation import best_ious, thresholds
from model.evaluation.pixels import counts
from model.evaluation.pointing import TOLERANCE, points_at
from model.evaluation.protocol import (
    HALF,
    IOUS,
    box_measure,
    choosing_part,
    mean_over_ious,
    pixel_measure,
    reported_part,
    share,
)
from model.evaluation.records import EvaluationSettings, PictureRecord
from model.evaluation.truth import Truth
from model.evidence import PlacedMap

AREA = "truth-area"
RIGHT, POINTING, NEAR, ENERGY, ROWS, COLUMNS = range(6)

Doubles = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ruler:
    """How maps are measured: thresholds and the raster, as the settings have them."""

    step: float
    raster: int

    @property
    def levels(self) -> Doubles:
        """Thresholds of boxes, parts of a map's maximum, (T,)."""
        return thresholds(self.step)

    @property
    def pixel_levels(self) -> Doubles:
        """Thresholds of pixels: these and the maximum itself, (T + 1,)."""
        return np.append(self.levels, 1.0)

    def rows(self, name: str, placed: PlacedMap, truth: Truth, size: Size, right: bool) -> dict[str, Array]:
        """A picture's rows of the tables of one way to look.

        Args:
            name: of the look, or of a baseline
            placed: the map of the true class
            truth: where that lies
            size: (width, height) of the picture
            right: whether the class has the highest logit
        """
        look = (
            right,
            points_at(placed, truth, size),
            points_at(placed, truth, size, TOLERANCE),
            inside(placed, truth, size),
            *placed.values.shape,
        )
        rows = {f"{name}-look": np.array(look, np.float32)}
        if truth.regions:
            best = best_ious(placed, truth.regions, size, self.levels.tolist(), self.raster)
            rows |= {f"{name}-largest": best.largest, f"{name}-any": best.any}
        if truth.mask is not None:
            pixels = counts(placed, truth.mask, size, self.pixel_levels.tolist(), self.raster)
            rows |= {
                f"{name}-{what}": one.astype(np.float32) for what, one in zip(("thing", "beside"), pixels, strict=True)
            }
        return rows

    def common_rows(self, truth: Truth, size: Size, right: bool) -> dict[str, Array]:
        """Those that hang on no network: what the truth covers, and the baseline."""
        area = {AREA: np.array([truth.area(size)], np.float32)}
        return area | self.rows(CENTRE, centre_map(size), truth, size, right)


def localisation_figures(
    folder: EvaluationFolder, records: Sequence[PictureRecord], settings: EvaluationSettings
) -> LocalisationFigures | None:
    """What the tables of a folder come to; None where no picture has boxes or a mask.

    Args:
        folder: with its tables; boxes are measured on the pictures that have some, pixels on those with a mask
        records: of the pictures that were answered
        settings: as they were asked with
    """
    areas = folder.table(AREA)
    if areas is None:
        return None
    known = [one for one in records if not np.isnan(areas[one.number, 0])]
    if not known:
        return None
    boxed = [one for one in known if one.boxes]
    chosen, levels = choosing_part([one.path for one in boxed]), thresholds(settings.step)
    tables = _Tables(folder, [one.number for one in known], [one.number for one in boxed])
    baselines = {CENTRE: tables.measures(CENTRE, chosen, levels)}
    if boxed:
        baselines[BOX] = _mean_box_measures(boxed, chosen)
    return LocalisationFigures(
        pictures=len(known),
        chosen_on=int(chosen.sum()),
        covered=share(areas[[one.number for one in known], 0]).value,
        thresholds=len(levels),
        scales={name: tables.measures(name, chosen, levels) for name in tables.there(settings.scales)},
        baselines={name: _without_class(one) for name, one in baselines.items()},
    )


def _without_class(measures: MapMeasures) -> MapMeasures:
    """A baseline's: it says no class that could be right, too."""
    return measures.model_copy(update={"top1": None})


class _Tables:
    """The rows of pictures with a truth: all of them, and those that have boxes."""

    def __init__(self, folder: EvaluationFolder, numbers: Sequence[int], boxed: Sequence[int]) -> None:
        self._folder, self._numbers, self._boxed = folder, list(numbers), list(boxed)

    def there(self, names: Iterable[str]) -> list[str]:
        """Those of some looks that have tables."""
        return [name for name in names if self._rows(f"{name}-look") is not None]

    def measures(self, name: str, chosen: Truths, levels: Doubles) -> MapMeasures:
        """What one way to look is worth."""
        look = self._rows(f"{name}-look")
        if look is None:
            raise ValueError(f"there is no table of '{name}'")
        boxes: Mapping[str, object] = self._boxes(name, chosen, levels)
        thing, beside = (self._rows(f"{name}-{what}") for what in ("thing", "beside"))
        return MapMeasures(
            **boxes,
            pixel_ap=None if thing is None or beside is None else pixel_measure(_known(thing), _known(beside)),
            pointing=share(look[:, POINTING]),
            pointing_15=share(look[:, NEAR]),
            energy=share(look[:, ENERGY]),
            raster=None if name == CENTRE else (int(look[0, ROWS]), int(look[0, COLUMNS])),
        )

    def _boxes(self, name: str, chosen: Truths, levels: Doubles) -> dict[str, object]:
        largest, any_of, look = (self._rows(f"{name}-{what}", self._boxed) for what in ("largest", "any", "look"))
        if largest is None or any_of is None or look is None or not self._boxed:
            return no_boxes()
        best = box_measure(largest, levels, HALF, chosen)
        return _with_boxes(
            best=best,
            hits=largest[:, int(np.searchsorted(levels, best.threshold or 0.0))] >= HALF,
            right=look[:, RIGHT] > 0,
            chosen=chosen,
            ious={f"{least:g}": box_measure(any_of, levels, least, chosen) for least in IOUS},
            any_of=any_of,
        )

    def _rows(self, name: str, numbers: Sequence[int] | None = None) -> Array | None:
        table = self._folder.table(name)
        return None if table is None else table[self._numbers if numbers is None else list(numbers)]


def _known(rows: Array) -> Array:
    """Those of pictures that have them."""
    return rows[~np.isnan(rows[:, 0])]


def no_boxes() -> dict[str, object]:
    """The measures of boxes where there are none."""
    names = ("max_box_acc", "max_box_acc_v2", "max_box_acc_v2_reference", "gt_known", "top1")
    return dict.fromkeys(names) | {"ious": {}}


def _with_boxes(
    best: BoxMeasure, hits: Truths, right: Truths, chosen: Truths, ious: dict[str, BoxMeasure], any_of: Array
) -> dict[str, object]:
    reported = reported_part(chosen)
    mean, reference = mean_over_ious(any_of, chosen)
    return {
        "max_box_acc": best,
        "max_box_acc_v2": mean,
        "max_box_acc_v2_reference": reference,
        "ious": ious,
        "gt_known": share(hits[reported]),
        "top1": share((hits & right)[reported]),
    }


def _mean_box_measures(records: Sequence[PictureRecord], chosen: Truths) -> MapMeasures:
    """What the box of the mean size comes to; it has no threshold, so that there is one alone to choose."""
    boxes = [np.array(one.boxes) / [one.width, one.height, one.width, one.height] for one in records]
    middle = mean_box(np.concatenate([some for some, is_chosen in zip(boxes, chosen, strict=True) if is_chosen]))
    fits = np.array([[best_fit(middle, some)] for some in boxes], np.float32)
    found = _with_boxes(
        best=_without_threshold(fits, HALF, chosen),
        hits=fits[:, 0] >= HALF,
        right=np.array([one.right for one in records]),
        chosen=chosen,
        ious={f"{least:g}": _without_threshold(fits, least, chosen) for least in IOUS},
        any_of=fits,
    )
    return MapMeasures(**found, pixel_ap=None, pointing=None, pointing_15=None, energy=None)


def _without_threshold(fits: Array, least: float, chosen: Truths) -> BoxMeasure:
    found = box_measure(fits, np.zeros(1), least, chosen)
    return found.model_copy(update={"threshold": None, "reference_threshold": None})
