"""Section 9: do the maps lie where the things are? Each way to make a map, against boxes drawn on real photos."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.boxed import LABELS, Boxed, boxed_photos
from bench.context import Context
from bench.report import table
from bench.results import Result
from bench.servers import ROOT, environment
from bench.ways import PRODUCT, TRIED, Made, Owner, looks_at, made, peers_way, views_of
from model.bundle import read_bundle
from model.cam import Array
from model.classifier import Classifier
from model.evaluation.baselines import centre_map
from model.evaluation.figures import BoxMeasure, Measure
from model.evaluation.measuring import ENERGY, NEAR, POINTING, Ruler
from model.evaluation.protocol import (
    HALF,
    box_measure,
    choosing_part,
    chosen_level,
    mean_over_ious,
    reported_part,
    share,
)
from model.photos import Photo

TITLE = "Maps of the true class against boxes on photos of ants and bees"
PEERS, CENTRE, ONE, FUSED = "the peers' way", "centre, no network", "scale 1", "fused"
HEADS = ("gap", "sum", "gmp")
HEAD_CLASSES = {"ant": "ants", "bee": "bees"}  # of the data
RULER = Ruler(step=0.01, raster=256)
NOTHING = "–"  # a cone says no class
COLUMNS = ("", "MaxBoxAcc", "MaxBoxAccV2", "its interval", "Top-1", "pointing", "within 15 px", "energy")

Rows = Mapping[str, Array]
Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """What one way is worth; boxes and shares on the reported two thirds, their thresholds from the other third."""

    max_box_acc: BoxMeasure
    v2: Measure
    v2_reference: float
    top1: Measure
    pointing: Measure
    near: Measure
    energy: Measure


def run(context: Context) -> Result:
    """Every way over every photo with boxes."""
    photos = () if context.training is None else boxed_photos(context.training)
    if context.training is None or not photos:
        return Result(TITLE, rows=(), notes=["Not measured: the photos with boxes are not there (--training)."])
    owners = {"": embedded(context), **{name: trained(context, context.training, name) for name in HEADS}}
    seen = measured_rows(context, photos, owners)
    chosen = choosing_part([one.name for one in photos])
    found = {name: figures(rows, chosen) for name, rows in seen.items()}
    areas = share([one.truth.area(one.photo().size) for one in photos]).value
    return Result(
        TITLE,
        rows=(),
        lines=figures_table(found),
        bars=bars(found),
        notes=[
            f"{len(photos)} photos; thresholds from {chosen.sum()} of them, figures from the other {(~chosen).sum()}.",
            f"Boxes cover {areas:.0%} of a photo on average.",
            "The peers' way: the photo squashed to 224 x 224, the map enlarged and stretched from minimum to maximum.",
            "Heads: of `camscope train --freeze head` on the same data's train/, two classes each.",
        ],
        details={name: detailed(one) for name, one in found.items()},
    )


def embedded(context: Context) -> Owner:
    """The embedded network's own head."""
    labels = read_bundle(context.bundle).spec.labels
    return Owner({label: labels.index(label) for label in LABELS})


def trained(context: Context, pictures: Path, name: str) -> Owner:
    """A head of a kind, trained as its users train it."""
    context.say(f"    training a head: {name}")
    out = context.scratch / f"head-{name}"
    words = [sys.executable, "-m", "app", "train", str(pictures), "--out", str(out), "--freeze", "head", "--head", name]
    variables = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    done = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"camscope train failed: {done.stderr}")
    bundle = read_bundle(out)
    return Owner({label: bundle.spec.labels.index(called) for label, called in HEAD_CLASSES.items()}, bundle.head)


def measured_rows(
    context: Context, photos: Sequence[Boxed], owners: Mapping[str, Owner]
) -> dict[str, dict[str, Array]]:
    """Of each way its tables, a row a photo: what model.evaluation.measuring counts."""
    classifier, square = (Classifier.open(path, context.threads) for path in (context.bundle, context.square))
    rows: dict[str, list[Rows]] = defaultdict(list)
    for place, one in enumerate(photos):
        photo = one.photo()
        for name, way in ways_of(classifier, square, owners, one, photo):
            rows[name].append(RULER.rows("map", way.placed, one.truth, photo.size, way.right))
        if place % 20 == 19:
            context.say(f"    {place + 1} of {len(photos)} photos")
    return {name: {key: np.stack([row[key] for row in some]) for key in some[0]} for name, some in rows.items()}


def ways_of(
    classifier: Classifier, square: Classifier, owners: Mapping[str, Owner], one: Boxed, photo: Photo
) -> list[tuple[str, Made]]:
    """Every way's map of one photo's class, by the names of the table."""
    looks = looks_at(classifier, photo)
    own, found = owners[""].classes[one.label], []
    for head, owner in owners.items():
        views, index = views_of(looks, owner, one.label), owner.classes[one.label]
        ways = {**PRODUCT, **TRIED} if not head else {name: PRODUCT[name] for name in (ONE, FUSED)}
        prefix = f"{head} head, " if head else ""
        found += [(f"{prefix}{name}", made(views, passes, index, photo)) for name, passes in ways.items()]
    found.append((PEERS, peers_way(square, photo, own)))
    found.append((CENTRE, Made(centre_map(photo.size), right=False)))
    return found


def figures(tables: Rows, chosen: npt.NDArray[np.bool_]) -> Figures:
    """What one way's tables come to.

    Args:
        tables: of a way, (N, …) each
        chosen: the photos that thresholds are chosen on, (N,)
    """
    look, largest, any_of = tables["map-look"], tables["map-largest"], tables["map-any"]
    reported = reported_part(chosen)
    fits = largest >= HALF
    hits = fits[:, chosen_level(fits[chosen])]
    v2, reference = mean_over_ious(any_of, chosen)
    return Figures(
        max_box_acc=box_measure(largest, RULER.levels, HALF, chosen),
        v2=v2,
        v2_reference=reference,
        top1=share((hits & (look[:, 0] > 0))[reported]),
        pointing=share(look[reported, POINTING]),
        near=share(look[reported, NEAR]),
        energy=share(look[reported, ENERGY]),
    )


def bars(found: Mapping[str, Figures]) -> dict[str, float]:
    """By how much Camscope's maps are better than the peers' way."""
    gains: dict[str, Callable[[Figures], float]] = {
        "v2": lambda one: one.v2.value,
        "pointing": lambda one: one.pointing.value,
    }
    return {
        f"localisation/{way}-{what}": round(value(found[name]) - value(found[PEERS]), 6)
        for what, value in gains.items()
        for way, name in (("one", ONE), ("fused", FUSED))
    }


def figures_table(found: Mapping[str, Figures]) -> list[str]:
    """A line a way, in per cent."""
    rows = [
        (
            name,
            percent(one.max_box_acc.value),
            percent(one.v2.value),
            f"{percent(one.v2.interval[0])} – {percent(one.v2.interval[1])}",
            NOTHING if name == CENTRE else percent(one.top1.value),
            percent(one.pointing.value),
            percent(one.near.value),
            percent(one.energy.value),
        )
        for name, one in found.items()
    ]
    return table(COLUMNS, rows, ">>>>>>>")


def percent(value: float) -> str:
    """One decimal."""
    return f"{100 * value:.1f}"


def detailed(one: Figures) -> dict[str, object]:
    """Everything, for summary.json."""
    return {
        "max_box_acc": one.max_box_acc.model_dump(),
        "max_box_acc_v2": one.v2.model_dump(),
        "max_box_acc_v2_reference": one.v2_reference,
        "top1": one.top1.model_dump(),
        "pointing": one.pointing.model_dump(),
        "pointing_15": one.near.model_dump(),
        "energy": one.energy.model_dump(),
    }
