"""What was acknowledged is on the disk: written, synced, and only then told."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.dataset_records import NewPicture
from app.dataset_store import DatasetStore
from app.store import Store
from model import durable
from tests.stored import OWNER, keep


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the disk has been waited for, in order."""
    order: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr("model.durable.os.fsync", noted)
    monkeypatch.setattr("model.durable.os.sync", lambda: order.append(Path("/")))
    return order


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "data")
    yield opened
    opened.close()


def test_files_and_all_folders_up_to_the_data_folder_are_synced_before_the_row_is_written(
    store: Store, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, before_the_row = store._intake._insert, []

    def noted(group: Any) -> None:
        before_the_row.extend(synced)
        insert(group)

    monkeypatch.setattr(store._intake, "_insert", noted)
    folder = store._folders.path(keep(store))
    assert set(folder.iterdir()) == set(before_the_row[:3])
    assert before_the_row[3:] == [folder, folder.parent, folder.parent.parent]
    assert store._database.path.parent == folder.parents[2], "SQLite syncs that one, with its log"


def test_a_file_that_comes_later_is_synced_before_it_has_its_name(store: Store, synced: list[Path]) -> None:
    kept = keep(store)
    synced.clear()
    store.add_file(kept, "thumbnail.jpg", b"small")
    (draft,) = synced
    assert draft.name == "thumbnail.jpg"
    assert draft.parent.parent.name == "drafts"


def test_a_new_data_folder_is_synced_in_the_folder_above_it(tmp_path: Path, synced: list[Path]) -> None:
    Store(tmp_path / "fresh").close()
    assert synced[0] == tmp_path


@pytest.mark.parametrize("count", [1, durable.FEW, durable.FEW + 1])
def test_pictures_to_train_on_are_synced_before_their_rows(
    store: Store, tmp_path: Path, synced: list[Path], count: int
) -> None:
    datasets = DatasetStore(store.database, Settings(data_dir=tmp_path / "data"))
    made = datasets.create(OWNER)
    synced.clear()
    datasets.keep(made, OWNER, [NewPicture("ants", None, f"{n}.jpg", "JPEG", b"%d" % n) for n in range(count)])
    drafts = [path for path in synced if path.parent.name.startswith(".")]
    assert len(drafts) == (count if count <= durable.FEW else 0)
    assert synced.count(Path("/")) == (count > durable.FEW)
    (pictures,) = {path.parent for path in (datasets.root / made).rglob("*.jpg")}
    assert {datasets.root / made, pictures} == set(synced[-2:])


def test_what_a_training_is_lent_is_synced(store: Store, tmp_path: Path, synced: list[Path]) -> None:
    datasets = DatasetStore(store.database, Settings(data_dir=tmp_path / "data"))
    made = datasets.create(OWNER)
    datasets.keep(made, OWNER, [NewPicture("ants", None, "a.jpg", "JPEG", b"a")])
    synced.clear()
    datasets.lend(made, OWNER, tmp_path / "lent" / "data")
    durable.sync_tree(tmp_path / "lent")
    assert synced[0] == tmp_path / "lent" / "data" / "labels.csv"
    assert set(synced[1:]) == {path for path in [tmp_path / "lent", *tmp_path.glob("lent/**/")] if path.is_dir()}
