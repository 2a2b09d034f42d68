"""Pictures of an evaluation as lists to take along: why each was picked, boxes around the evidence, what is marked.

Figures of evidence are of a picture's most probable true class, which the lists name beside them.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from app.cli_files import write_whole
from app.errors import NotFound
from app.evaluation_opened import Opened, Which, labels_of
from app.evaluation_picking import Looked
from app.schemas_evaluations import Mark
from app.spreadsheets import plain_text, written_csv
from model.corrections import CONTENT
from model.evaluation.folder import EVIDENCE, TRIAGE
from model.evaluation.records import EvidenceFigures
from model.geometry import Grid
from model.regions import THRESHOLD, box

SHARES_HEAD = (
    "inside", "border", "left_top", "right_top", "left_bottom", "right_bottom", "left_edge", "top_edge", "right_edge",
    "bottom_edge", "concentration", "given",
)  # fmt: skip
TRIAGE_HEAD = (
    "path", "true", "said", "probability", "probability_true", "margin", "loss", "right", "groups", "evidence_of",
    *SHARES_HEAD,
)  # fmt: skip
MARKS_HEAD = ("path", "left", "top", "right", "bottom", "name")
DIGITS = 6


def triage_csv(opened: Opened, pictures: Iterable[Looked]) -> str:
    """A line a picture: its classes, its figures and its groups; several in one cell stand between spaces or |."""
    return written_csv(TRIAGE_HEAD, (_line(opened, one) for one in pictures))


def write_lists(opened: Opened) -> None:
    """Put both lists of all pictures into the folder of an evaluation that is done."""
    results, pictures = opened.folder.path, list(opened.pictures.values())
    write_whole(results / TRIAGE, triage_csv(opened, pictures).encode())
    write_whole(results / EVIDENCE, evidence_coco(opened, pictures))


def marks_csv(opened: Opened, marks: Mapping[int, Sequence[Mark]], photo: Callable[[int], bytes]) -> str:
    """A line a box that somebody marked as a wrong reason: what `camscope train --corrections` takes.

    A picture is named by its content, for a download lies elsewhere than the pictures; its name is for people.

    Args:
        opened: the evaluation
        marks: by the picture's number
        photo: the file of a picture; of one that raises NotFound the path is all there is
    """
    rows = []
    for number, drawn in sorted(marks.items()):
        name = plain_text(opened.find(number).record.path)
        try:
            path = f"{CONTENT}{sha256(photo(number)).hexdigest()}"
        except NotFound:
            path = name
        rows += [(path, mark.left, mark.top, mark.right, mark.bottom, name) for mark in drawn]
    return written_csv(MARKS_HEAD, rows)


def evidence_coco(opened: Opened, pictures: Iterable[Looked], which: Which = "true") -> bytes:
    """A COCO file: a box around the largest region of strong evidence for a class of each picture.

    A box is the paper's: where the map, resized to the picture, exceeds THRESHOLD of its maximum.

    Args:
        opened: the evaluation
        pictures: of it
        which: the class
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    used: set[int] = set()
    for one in pictures:
        record = one.record
        images.append(
            {"id": record.number, "file_name": record.path, "width": record.width, "height": record.height}
        )  # fmt: skip
        index, score = (
            (record.true[0], record.probability_true) if which == "true" else (record.said, record.probability)
        )
        values = opened.map_of(record, which)
        found = None
        if values is not None and record.grid is not None:
            found = box(values, Grid(**record.grid.model_dump()), (record.width, record.height))
        if found is not None:
            width, height = found.right - found.left, found.bottom - found.top
            used.add(index)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": record.number, "category_id": index, "iscrowd": 0,
                 "bbox": [found.left, found.top, width, height], "area": width * height, "score": score}
            )  # fmt: skip
    categories = [{"id": index, "name": opened.metrics.model.labels[index]} for index in sorted(used)]
    info = {"description": f"{opened.metrics.model.id}: evidence above {THRESHOLD:g} of each map's maximum"}
    content: dict[str, Any] = {
        "info": info, "images": images, "annotations": annotations, "categories": categories
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def _shares(where: EvidenceFigures) -> tuple[float | None, ...]:
    return (where.inside, where.border, *where.corners, *where.edges, where.concentration, where.given)


def _line(opened: Opened, one: Looked) -> Sequence[object]:
    record, where = one.record, one.record.evidence
    shares = _shares(where) if where is not None else (None,) * len(SHARES_HEAD)
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
        "" if where is None else plain_text(labels_of(opened, record.true[:1])[0]),
        *("" if share is None else round(share, DIGITS) for share in shares),
    )
