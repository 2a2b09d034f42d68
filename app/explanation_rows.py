"""The tables of an explanation's report: the sums of its maps, what a region holds, how and where it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from app.colours import colormap_title
from app.explanation_figures import RegionRow, ShownRegion
from app.report_tables import Fact
from app.schemas import Explanation
from app.shown import ClassMap, Shown, View
from app.text import fixed, gettext, moment, percent, plain, share, summing_decimals, tiny
from app.version import VERSION
from model.coverage import Region, parts_of
from model.evidence import contribution, shares_of
from model.geometry import Grid


@dataclass(frozen=True)
class Sum:
    """The identity of one class's map in numbers, as they are written.

    Attributes:
        label: of the class
        probability: in per cent
        mean: of the map, in logits
        bias: likewise
        logit: likewise
        off: by how much mean + bias misses the logit
    """

    label: str
    probability: str
    mean: str
    bias: str
    logit: str
    off: str


def sums(classes: Sequence[ClassMap]) -> tuple[Sum, ...]:
    """A row for each class that has a map."""
    rows = []
    for one in classes:
        if one.cam is None or one.bias is None:
            continue
        mean = float(np.mean(one.cam, dtype=np.float64))
        digits = summing_decimals(mean, one.bias, one.logit)
        mean_shown, bias, logit = (fixed(value, digits) for value in (mean, one.bias, one.logit))
        off = tiny(mean + one.bias - one.logit)
        rows.append(Sum(one.label, percent(one.probability), mean_shown, bias, logit, off))
    return tuple(rows)


def region_rows(classes: Sequence[ClassMap], grid: Grid, size: tuple[int, int], region: Region) -> ShownRegion:
    """What lies in a region, class by class.

    Args:
        classes: those that are told of
        grid: where the cells lie on the photo
        size: (width, height) of the photo
        region: already cut to it
    """
    parts, rows = parts_of(region, grid, size), []
    for one in classes:
        if one.cam is None:
            continue
        inside, of_all = contribution(one.cam, parts), shares_of(one.cam, parts)
        rows.append(RegionRow(one.label, inside.given, inside.taken, of_all.given, of_all.taken))
    return ShownRegion(region, region.area(size), tuple(rows))


def settings(view: View, shown: Shown) -> tuple[Fact, ...]:
    """How the map in view is drawn, in words."""
    _ = gettext
    modes = {"signed": _("adds and takes away"), "positive": _("adds only")}
    cells = {"smooth": _("smooth"), "grid": _("grid")}
    return (
        Fact(_("Class"), shown.title),
        Fact(_("Show"), modes[view.mode]),
        Fact(_("Cells"), cells[view.cells]),
        Fact(_("Colours"), colormap_title(view.colormap)),
        Fact(_("Opacity"), share(view.opacity)),
        Fact(_("Hide weaker than"), share(view.threshold)),
        Fact(_("Full colour"), _("%(value)s logits") % {"value": shown.highest}),
    )


def provenance(explanation: Explanation) -> tuple[Fact, ...]:
    """The photo, the network, and what drew the report."""
    _ = gettext
    photo, given, grid, network = explanation.image, explanation.input, explanation.grid, explanation.model
    size = {"width": photo.width, "height": photo.height}
    rows = [
        Fact(_("Photo"), _("%(width)s × %(height)s pixels, whole and upright") % size),
        Fact(_("SHA-256 of its file"), photo.sha256),
        Fact(
            _("Input"),
            _("%(width)s × %(height)s pixels, scale %(scale)s")
            % {"width": given.width, "height": given.height, "scale": plain(given.scale)},
        ),
        Fact(_("Stretch"), _("%(stretch)s, from rounding the sides") % {"stretch": percent(given.stretch)}),
        Fact(_("Network"), network.name),
        Fact(_("Its name and content hash"), network.id),
        Fact(
            _("Its classes, head and activation"),
            f"{network.classes}, {network.head}, {network.activation}",
        ),
        Fact(_("Explained"), moment(explanation.created_at)),
        Fact(_("Drawn with"), f"Camscope {VERSION}, NumPy {np.__version__}, Pillow {version('pillow')}"),
    ]
    if grid is not None:
        cells = {
            "columns": grid.columns,
            "rows": grid.rows,
            "width": fixed(grid.cell_width, 1),
            "height": fixed(grid.cell_height, 1),
        }
        words = _("%(columns)s × %(rows)s cells of %(width)s × %(height)s photo pixels") % cells
        rows.insert(4, Fact(_("Map"), words))
    return tuple(rows)
