"""From an evaluation's records to the JSON contract of its pictures."""

from app.answers import API
from app.errors import Unusable
from app.evaluation_notes import Notes
from app.evaluation_opened import Opened
from app.evaluation_picking import Looked, Picking
from app.schemas import GridInfo
from app.schemas_evaluations import ClassName, EvidenceInfo, PictureItem, PicturePage


def picture_item(evaluation_id: str, opened: Opened, one: Looked, notes: Notes) -> PictureItem:
    """One picture, and what the network said of it."""
    record, labels = one.record, opened.metrics.model.labels
    url = f"{API}/evaluations/{evaluation_id}"
    where = record.evidence
    map_url = f"{url}/maps/{record.number}.npy" if record.maps is not None else None
    overlay_url = f"{url}/overlays/{record.number}.png" if record.maps is not None else None
    return PictureItem(
        number=record.number,
        path=record.path,
        width=record.width,
        height=record.height,
        true=[ClassName(index=index, label=labels[index]) for index in record.true],
        said=ClassName(index=record.said, label=labels[record.said]),
        probability=record.probability,
        probability_true=record.probability_true,
        margin=record.margin,
        loss=record.loss,
        right=record.right,
        groups=list(one.groups),
        grid=None if record.grid is None or record.maps is None else GridInfo(**record.grid.model_dump()),
        boxes=list(record.boxes),
        evidence=None
        if where is None
        else EvidenceInfo(
            **where.model_dump(exclude={"zone", "corners", "edges"}),
            corners=list(where.corners),
            edges=list(where.edges),
        ),
        marks=notes.marks.get(record.number, []),
        thumbnail_url=f"{url}/thumbnails/{record.number}",
        photo_url=f"{url}/photos/{record.number}",
        map_url=map_url,
        overlay_url=overlay_url,
        true_map_url=map_url and f"{map_url}?of=true",
        true_overlay_url=overlay_url and f"{overlay_url}?of=true",
    )


def picture_page(
    evaluation_id: str, opened: Opened, picking: Picking, notes: Notes, limit: int, cursor: str | None
) -> PicturePage:
    """Some of the pictures asked for.

    Raises:
        Unusable: not a cursor of ours
    """
    found, begin = opened.pick(picking), place_of(cursor)
    end = begin + limit
    return PicturePage(
        items=[picture_item(evaluation_id, opened, one, notes) for one in found[begin:end]],
        total=len(found),
        groups=dict(opened.counts),
        next=str(end) if end < len(found) else None,
    )


def place_of(cursor: str | None) -> int:
    """How many pictures come before a part: an evaluation that is done does not change, so this is enough.

    Raises:
        Unusable: not a cursor of ours
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Unusable("'cursor': use the value of 'next' of an earlier answer, unchanged.")
    return int(cursor)
