"""Pictures of an evaluation as lists to take along: a table of why each was picked, and boxes around the evidence."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.cli_files import write_whole
from app.evaluation_opened import Looked, Opened, labels_of
from app.schemas_evaluations import Mark
from app.spreadsheets import plain_text, written_csv
from model.evaluation.folder import EVIDENCE, TRIAGE
from model.evaluation.records import EvidenceFigures
from model.geometry import Grid
from model.regions import THRESHOLD, box

TRIAGE_HEAD = (
    "path", "true", "said", "probability", "probability_true", "margin", "loss", "right", "groups", "inside", "border",
    "left_top", "right_top", "left_bottom", "right_bottom", "concentration", "given",
)  # fmt: skip
MARKS_HEAD = ("path", "left", "top", "right", "bottom", "label")
DIGITS = 6


def triage_csv(opened: Opened, pictures: Iterable[Looked]) -> str:
    """A line a picture: its classes, its figures and its groups; several in one cell stand between spaces or |."""
    return written_csv(TRIAGE_HEAD, (_line(opened, one) for one in pictures))


def write_lists(opened: Opened) -> None:
    """Put both lists of all pictures into the folder of an evaluation that is done."""
    results, pictures = opened.folder.path, list(opened.pictures.values())
    write_whole(results / TRIAGE, triage_csv(opened, pictures).encode())
    write_whole(results / EVIDENCE, evidence_coco(opened, pictures))


def marks_csv(opened: Opened, marks: Mapping[int, Sequence[Mark]]) -> str:
    """A line a box that somebody marked as a wrong reason: what `camscope train --corrections` takes."""
    rows = []
    for number, drawn in sorted(marks.items()):
        record = opened.find(number).record
        (label,) = labels_of(opened, [record.true[0]])
        rows += [
            (plain_text(record.path), mark.left, mark.top, mark.right, mark.bottom, plain_text(label))
            for mark in drawn
        ]  # fmt: skip
    return written_csv(MARKS_HEAD, rows)


def evidence_coco(opened: Opened, pictures: Iterable[Looked]) -> bytes:
    """A COCO file: a box around the largest region of strong evidence for what was said of each picture.

    A box is the paper's: where the map, resized to the picture, exceeds THRESHOLD of its maximum.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    used: set[int] = set()
    for one in pictures:
        record = one.record
        images.append(
            {"id": record.number, "file_name": record.path, "width": record.width, "height": record.height}
        )  # fmt: skip
        values = opened.map_of(record)
        found = None
        if values is not None and record.grid is not None:
            found = box(values, Grid(**record.grid.model_dump()), (record.width, record.height))
        if found is not None:
            width, height = found.right - found.left, found.bottom - found.top
            used.add(record.said)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": record.number, "category_id": record.said, "iscrowd": 0,
                 "bbox": [found.left, found.top, width, height], "area": width * height, "score": record.probability}
            )  # fmt: skip
    categories = [{"id": index, "name": opened.metrics.model.labels[index]} for index in sorted(used)]
    info = {"description": f"{opened.metrics.model.id}: evidence above {THRESHOLD:g} of each map's maximum"}
    content: dict[str, Any] = {
        "info": info, "images": images, "annotations": annotations, "categories": categories
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def _shares(where: EvidenceFigures) -> tuple[float | None, ...]:
    return (where.inside, where.border, *where.corners, where.concentration, where.given)


def _line(opened: Opened, one: Looked) -> Sequence[object]:
    record, where = one.record, one.record.evidence
    shares = _shares(where) if where is not None else (None,) * 8
    return (
        plain_text(record.path),
        plain_text("|".join(labels_of(opened, record.true))),
        plain_text(labels_of(opened, [record.said])[0]),
        round(record.probability, DIGITS),
        round(record.probability_true, DIGITS),
        round(record.margin, DIGITS),
        round(record.loss, DIGITS),
        "yes" if record.right else "no",
        " ".join(one.groups),
        *("" if share is None else round(share, DIGITS) for share in shares),
    )
