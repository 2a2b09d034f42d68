"""How many bytes explanations' files have: noted in the database, so that adding them up touches no file."""

import contextlib
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update

from app.database import Database
from app.folders import Folders
from app.rows import ExplanationRow

BATCH = 500
NEWEST_FIRST = (ExplanationRow.created_at.desc(), ExplanationRow.id.desc())


def beyond(size: int) -> Select[Any]:
    """A query for the ids of those explanations that go where the newest are to have so many bytes at most."""
    up_to_it = func.sum(ExplanationRow.bytes).over(order_by=NEWEST_FIRST)
    summed = select(ExplanationRow.id, up_to_it.label("bytes")).subquery()
    return select(summed.c.id).where(summed.c.bytes > size)


def measure(database: Database, folders: Folders, grown: set[str]) -> None:
    """Note the bytes of some explanations, and of those that nobody has measured yet.

    Args:
        database: where they are noted
        folders: has the files
        grown: ids of those that have got more files; emptied, while others may add to it, unless it fails
    """
    ids: list[str] = []
    with contextlib.suppress(KeyError):
        while True:
            ids.append(grown.pop())
    try:
        _note(database, folders, ids)
    except BaseException:
        grown.update(ids)
        raise


def _note(database: Database, folders: Folders, grown: list[str]) -> None:
    with database.connection() as connection:
        unknown = connection.execute(select(ExplanationRow.id).where(ExplanationRow.bytes.is_(None))).scalars()
        ids = [*grown, *unknown]
    this = update(ExplanationRow).where(ExplanationRow.id == bindparam("this"))
    for start in range(0, len(ids), BATCH):
        sizes = [{"this": one, "bytes": folders.size(one)} for one in ids[start : start + BATCH]]
        with database.connection(writing=True) as connection:
            connection.execute(this.values(bytes=bindparam("bytes")), sizes)
