"""The database: how it is opened, and what its errors mean. SQLite in WAL mode; app/rows.py has its tables.

A corrupt or newer file is refused at start and left as it is. Write transactions begin
IMMEDIATE: they wait for each other (five seconds at most) and never fail half-way.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from app import database_file
from app.errors import AppError, NoSpace, NotReady, StartError
from app.paths import MIGRATIONS_DIR
from app.rows import Base

BUSY_TIMEOUT_S = 5.0
POOLED = 16
CLEARING_ATTEMPTS, CLEARING_PAUSE_S = 25, 0.05


class Database:
    """The open database."""

    def __init__(self, path: Path) -> None:
        """Open a database file and bring its tables up to date.

        Raises:
            StartError: it is damaged, newer than this program, or cannot be opened
        """
        self.path = path
        database_file.make(path)
        check_known(path)
        self._identity = database_file.identity(path)
        self._engine = _engine(path)
        self._writing = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        try:
            self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        self._engine.dispose()

    def clear_log(self) -> bool:
        """Fold the write-ahead log into the file and empty it: what was deleted is then in neither. Blocking.

        Returns:
            whether it is empty; not where somebody reads what may still be in it, for longer than a second or so
        """
        with translated(), contextlib.closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout = 0")  # to wait here would make all writers wait
            try:
                for _ in range(CLEARING_ATTEMPTS):
                    is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                    if not is_busy:
                        return True
                    time.sleep(CLEARING_PAUSE_S)
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}")
        return False

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment of the database."""
        self._check_there()
        with translated(), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that holds the database's write lock; committed at the end, or nothing happened."""
        self._check_there()
        with translated(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextlib.contextmanager
    def connection(self, writing: bool = False) -> Iterator[Connection]:
        """`reading` or `writing` without mapped objects: a quarter of the cost, for what every request needs."""
        self._check_there()
        with translated(), (self._writing if writing else self._engine).begin() as connection:
            yield connection

    def _check_there(self) -> None:
        """Refuse to go on with a file that nobody will find again: SQLite itself would not notice."""
        if database_file.identity(self.path) != self._identity:
            raise NotReady("The database was removed or replaced; the server has to be started anew.")

    def check_writable(self) -> None:
        """Write what is there already, and wait for the disk.

        Raises:
            NotReady: it cannot be written, or another program holds it for longer than is waited
            NoSpace: the disk is full
        """
        with self.connection(writing=True) as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")

    def _migrate(self) -> None:
        # Slow to import, and needed by nobody who opens no database: `camscope explain` for one.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
        try:
            with self._writing.connect() as connection, connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                missing = Base.metadata.tables.keys() - set(inspect(connection).get_table_names())
        except DatabaseError as error:
            raise database_file.refusal(self.path, error.orig) from error
        if missing:
            what = f"the database is damaged (there is no table {min(missing)})"
            raise StartError(f"{self.path}: {what}; {database_file.MEND}.")


def check_known(path: Path) -> None:
    """Refuse a database that cannot be used, without touching it; a new file is none of these.

    Raises:
        StartError: it is damaged, locked, none of ours, or its tables were made by a newer version
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS_DIR)).walk_revisions()}
    if database_file.revisions(path) - known:
        raise StartError(f"{path}: made by a newer version of Camscope; update the program.")


def _engine(path: Path) -> Engine:
    """SQLite with transactions begun by us, not guessed by the driver."""

    def connect() -> sqlite3.Connection:
        """Unlike a path, mode=rw makes no empty file in place of one that has gone."""
        where = f"{path.as_uri()}?mode=rw"
        return sqlite3.connect(where, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)

    # As many connections as threads ask for at once: who waited for one would wait beyond SQLite's own five seconds.
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=POOLED, max_overflow=-1, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Let a database's troubles become refusals with a status."""
    try:
        yield
    except DatabaseError as error:
        if (refusal := _refusal(error.orig)) is None:
            raise
        raise refusal from error


def _refusal(error: BaseException | None) -> AppError | None:
    """503 for a locked, 507 for a full, 503 for an unreadable database; None for a fault of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return NoSpace()
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return NotReady("The database is busy; try again in a moment.", {"Retry-After": "5"})
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return NotReady("The database cannot be written now; try again later.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return NotReady("The database is damaged; its operator must restore it.")
        case sqlite3.SQLITE_ERROR if str(error).startswith("no such table"):
            return NotReady("The database is damaged; its operator must restore it.")
    return None
