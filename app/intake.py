"""New explanations on their way to the disk: those that come at once are written together."""

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.sqlite import insert

from app.database import Database
from app.errors import AppError
from app.folders import Folders, Source
from app.group_commit import GroupCommit
from app.rows import BundleRow, ExplanationRow

GROUP = 32  # with four files open each
WAITING = 1024
COLUMNS = tuple(ExplanationRow.__table__.columns.keys())


@dataclass(frozen=True, eq=False)
class New:
    """An explanation to keep: its row's columns, its files (or whose it shares), and the columns of its bundle."""

    id: str
    columns: Mapping[str, Any]
    source: Source
    bundle: Mapping[str, Any]


class Intake:
    """Writes files and rows, in groups, in a thread of its own."""

    def __init__(self, folders: Folders, database: Database) -> None:
        self._folders = folders
        self._database = database
        self._bundles: set[str] = set()  # whose rows are there
        self._line = GroupCommit(self._keep, GROUP, WAITING)

    def submit(self, row: ExplanationRow, source: Source, bundle: Mapping[str, Any]) -> Future[None]:
        """Line up an explanation; `Store.keep` (app/store.py) says what comes of it."""
        columns = {name: getattr(row, name) for name in COLUMNS}
        return self._line.submit(New(row.id, columns, source, bundle))

    def close(self) -> None:
        """Take no more, write what waits, stop. Blocking."""
        self._line.close()

    def _keep(self, group: Sequence[New]) -> list[Exception | None]:
        """Keep a group: its files, then its rows in one transaction."""
        faults = self._folders.write({new.id: new.source for new in group})
        refused = self._add([new for new in group if new.id not in faults])
        for explanation_id in refused:
            self._folders.remove(explanation_id)
        faults |= refused
        return [faults.get(new.id) for new in group]

    def _add(self, group: Sequence[New]) -> dict[str, Exception]:
        """Add rows, together or else each alone.

        Returns:
            what went wrong, by id
        """
        try:
            if group:
                self._insert(group)
        except Exception as error:  # noqa: BLE001 - it is raised again where its caller waits
            if len(group) == 1 or isinstance(error, AppError):  # the database's trouble is everybody's
                return dict.fromkeys((new.id for new in group), error)
        else:
            return {}
        return dict(itertools.chain.from_iterable(self._add([new]).items() for new in group))

    def _insert(self, group: Sequence[New]) -> None:
        bundles = {new.bundle["id"]: dict(new.bundle) for new in group if new.bundle["id"] not in self._bundles}
        with self._database.connection(writing=True) as connection:
            if bundles:
                connection.execute(insert(BundleRow).on_conflict_do_nothing(), list(bundles.values()))
            connection.execute(insert(ExplanationRow), [{**new.columns, "bytes": self._size(new)} for new in group])
        self._bundles |= bundles.keys()

    def _size(self, new: New) -> int:
        """Of the files that have just been written, in bytes."""
        if isinstance(new.source, str):
            return self._folders.size(new.id)
        return sum(map(len, new.source.values()))
