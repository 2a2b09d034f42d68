import contextlib
import hashlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.database import Database
from app.errors import StartError
from app.rows import Base


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_migrations_from_nothing_make_the_very_tables_of_the_code(tmp_path: Path) -> None:
    database = Database(tmp_path / "new.sqlite")
    with database._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    database.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "again.sqlite"
    Database(path).close()
    before = digest(path)
    Database(path).close()
    assert digest(path) == before


def test_the_pragmas_are_set_on_every_connection(tmp_path: Path) -> None:
    """synchronous 2 is FULL: a row that was acknowledged survives a power cut, as its files do."""
    database = Database(tmp_path / "p.sqlite")
    with database.reading() as session:
        values = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    database.close()
    assert values == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 2}


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_refused_in_one_line_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.sqlite"
    path.write_bytes(content)
    with pytest.raises(StartError) as refusal:
        Database(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content


def test_a_damaged_page_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "page.sqlite"
    Database(path).close()
    content = bytearray(path.read_bytes())
    content[4096:4196] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(StartError):
        Database(path)
    assert path.read_bytes() == content


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = digest(path)
    with pytest.raises(StartError, match="newer version"):
        Database(path)
    assert digest(path) == before


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(StartError):
        Database(tmp_path / "folder.sqlite")


def test_a_path_with_odd_letters_works(tmp_path: Path) -> None:
    folder = tmp_path / "per%cent?and#und ü"
    folder.mkdir()
    Database(folder / "x.sqlite").close()
    assert [path.name for path in folder.iterdir()] == ["x.sqlite"]


@pytest.mark.slow
def test_two_servers_may_start_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from app.database import Database; Database(Path(sys.argv[1])).close()"
    )
    root = Path(__file__).parent.parent
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "both.sqlite")], cwd=root) for _ in range(3)
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_a_reader_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "m.sqlite")
    count = "SELECT count(*) FROM bundles"
    with database.reading() as reader:
        assert reader.connection().exec_driver_sql(count).scalar() == 0

        def write() -> None:
            with database.writing() as writer:
                writer.connection().exec_driver_sql("INSERT INTO bundles VALUES ('a', 'a', '{}', '2026-01-01')")

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert reader.connection().exec_driver_sql(count).scalar() == 0
    with database.reading() as reader:
        assert reader.connection().exec_driver_sql(count).scalar() == 1
    database.close()


def test_a_database_of_an_earlier_version_is_brought_up_to_date_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "older.sqlite"
    Database(path).close()
    with contextlib.closing(sqlite3.connect(path)) as older:
        older.executescript(
            "DROP TABLE evaluations;"
            "ALTER TABLE dataset_pictures DROP COLUMN name;"
            "DROP INDEX ix_explanations_same;"
            "CREATE INDEX ix_explanations_same ON explanations (photo_sha256, bundle_id, scale);"
            "DROP INDEX ix_explanations_age;"
            "ALTER TABLE explanations DROP COLUMN bytes;"
            "CREATE INDEX ix_explanations_created_at ON explanations (created_at);"
            "UPDATE alembic_version SET version_num = '0002';"
            "INSERT INTO bundles VALUES ('a', 'a', '{}', '2026-01-01');"
        )
    database = Database(path)
    with database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM bundles").scalar() == 1
        assert compare_metadata(MigrationContext.configure(session.connection()), Base.metadata) == []
    database.close()
