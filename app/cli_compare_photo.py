"""One photo of `camscope compare`: looked at by two networks, compared, judged and written."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.cli_photos import Source
    from app.compared import Choice, Compared
    from app.config import Settings
    from app.gallery import Item
    from app.labelled import Judge, Labelled
    from app.looks import Side
    from model.classifier import Classifier
    from model.photos import Photo

PICTURE_SIDE, PREVIEW_SIDE = 640, 300


@dataclass(frozen=True)
class Job:
    """What the command line asks for."""

    before: str
    after: str
    data: Path
    out: Path | None
    label: str | None
    other: str | None
    scale: float
    as_json: bool


@dataclass(frozen=True)
class Networks:
    """The two that are compared, open."""

    before: "Classifier"
    after: "Classifier"


def compare_one(
    source: "Source",
    job: Job,
    networks: Networks,
    photos: "Labelled",
    judges: Sequence["Judge"],
    settings: "Settings",
) -> "Item":
    """One photo under both; its files written where that was asked for."""
    from app.compared import put_side_by_side
    from model.photos import read_photo

    photo = read_photo(source.path.read_bytes(), settings.max_megapixels)
    before, after = (look(one, photo, job.scale) for one in (networks.before, networks.after))
    truth = photos.truth.get(source.path.absolute(), ())
    compared = put_side_by_side(before, after, choice_for(job, networks, truth), (photo.width, photo.height))
    return keep(source, job, photo, before, after, compared, truth, judges)


def look(classifier: "Classifier", photo: "Photo", scale: float) -> "Side":
    """What a network says of a photo."""
    from dataclasses import replace

    from app.answers import Model
    from app.looks import UPLOADED, Side, look_at_copy

    [answer] = classifier.explain([photo], scale)
    size, bundle = (photo.width, photo.height), classifier.bundle
    seen = replace(look_at_copy(answer, size, size), pixels=UPLOADED)
    return Side(Model(bundle.id, bundle.name, bundle.spec), seen)


def choice_for(job: Job, networks: Networks, truth: Sequence[str]) -> "Choice":
    """Which class to compare: the one asked for, else the photo's own where both know it."""
    from app.compared import Choice
    from model.comparison import shared_classes

    if job.label is not None or job.other is not None:
        return Choice(job.label, job.other)
    ours, theirs = networks.before.spec.labels, networks.after.spec.labels
    for pair in shared_classes(ours, truth):
        if any(pair.before == known.before for known in shared_classes(ours, theirs)):
            return Choice(f"index:{pair.before}")
    return Choice()


def keep(
    source: "Source",
    job: Job,
    photo: "Photo",
    before: "Side",
    after: "Side",
    compared: "Compared",
    truth: tuple[str, ...],
    judges: Sequence["Judge"],
) -> "Item":
    """Judge a photo, write what was asked for, and remember what the table and the gallery show of it."""
    from app.answers_compare import compared_info
    from app.gallery import Item
    from app.panels import Panel, Scene, draw_panel
    from model.photos import encode_jpeg, shrink
    from model.png import encode_png
    from model.rendering import Style
    from model.scores import top_classes

    tops = [top_classes(side.look.numbers.logits, 1)[0] for side in (before, after)]
    right = [judge.judge(top, truth) if truth else None for judge, top in zip(judges, tops, strict=True)]
    info = compared_info(before, after, compared)
    answer: dict[str, Any] = {
        "file": str(source.path),
        "image": {"width": photo.width, "height": photo.height},
        "truth": list(truth) or None,
        "right": {"before": right[0], "after": right[1]},
        **info.model_dump(mode="json"),
    }
    if job.as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    preview = b""
    if job.out:
        from app.cli_files import write_whole

        stem = job.out / source.stem
        stem.parent.mkdir(parents=True, exist_ok=True)
        names = (before.model.name, after.model.name)
        size = (photo.width, photo.height)
        scenes = [
            Scene(shrink(photo.pixels, side), size, compared, names, Style()) for side in (PICTURE_SIDE, PREVIEW_SIDE)
        ]
        pictures = [draw_panel(scene, Panel.ALL) for scene in scenes]
        write_whole(stem.with_name(f"{stem.name}.png"), encode_png(pictures[0]))
        write_whole(stem.with_name(f"{stem.name}.json"), json.dumps(answer, indent=2, ensure_ascii=False).encode())
        preview = encode_jpeg(pictures[1], quality=80)
    return Item.of(source, info, truth, (right[0], right[1]), preview)
