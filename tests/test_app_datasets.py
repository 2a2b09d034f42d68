"""Pictures to train on: collected one by one or as a zip, counted, bounded, deleted."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app import dataset_store
from app.config import Settings
from app.dataset_store import DatasetStore
from app.rows import DatasetRow
from app.store import Store
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.trainings import DATASETS, SOMEBODY_ELSE, collect, photo, send


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def upload(client: TestClient, dataset_id: str, content: bytes, field: str = "archive") -> Any:
    return client.post(f"{DATASETS}/{dataset_id}/archive", files={field: ("a.zip", content)})


def classes(answer: Any) -> dict[str, int]:
    return {one["label"]: one["pictures"] for one in answer.json()["classes"]}


def files(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.data_dir / "datasets").rglob("*") if path.is_file())


def test_pictures_are_counted_by_class(client: TestClient, settings: Settings) -> None:
    made = client.post(DATASETS)
    assert made.status_code == 201
    assert made.headers["location"] == f"{DATASETS}/{made.json()['id']}"
    dataset_id = made.json()["id"]
    answers = [send(client, dataset_id, label, photo(i)) for i, label in enumerate(["bees", "ants", "bees", "ants"])]
    assert [answer.status_code for answer in answers] == [201] * 4
    counted = client.get(f"{DATASETS}/{dataset_id}").json()
    assert counted["classes"] == [{"label": "ants", "pictures": 2}, {"label": "bees", "pictures": 2}]
    assert (counted["pictures"], counted["problems"]) == (4, [])
    assert counted["bytes"] == sum(file.stat().st_size for file in files(settings))
    assert client.get(DATASETS).json()["items"] == [counted]


def test_what_is_missing_is_said(client: TestClient) -> None:
    dataset_id = client.post(DATASETS).json()["id"]
    assert send(client, dataset_id, "ants", photo(1)).json()["problems"] == [
        "Pictures of at least two classes are needed.",
        "At least 2 pictures are needed of each class: 'ants' has one.",
    ]


def test_of_equal_pictures_the_first_is_kept(client: TestClient, settings: Settings) -> None:
    dataset_id = collect(client, {"ants": 2, "bees": 2})
    again = send(client, dataset_id, "ants", photo(1), "again.png")
    assert (again.status_code, again.json()["problems"]) == (
        200,
        ["1 picture was there already and kept once: 'again.png'."],
    )
    other = send(client, dataset_id, "bees", photo(1), "other.png")
    assert "under another label" in other.json()["problems"][0]
    assert classes(other) == {"ants": 2, "bees": 2}
    assert len(files(settings)) == 4


def test_equal_ones_are_found_however_many_come_at_once(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_store, "HASHES_AT_ONCE", 2)
    dataset_id = collect(client, {"ants": 3, "bees": 2})
    answer = upload(client, dataset_id, zipped({f"ants/{number}.png": photo(number) for number in range(1, 8)}))
    assert classes(answer) == {"ants": 5, "bees": 2}
    assert answer.json()["problems"][0].startswith("3 pictures were there already")
    assert answer.json()["problems"][1].startswith("2 pictures are there under another label")
    assert len(files(settings)) == 7


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 415), (b"no picture", 415), (picture()[:200], 422), (b"\x89PNG\r\n\x1a\n" + bytes(50), 422)],
)
def test_what_cannot_be_decoded_is_not_kept(
    client: TestClient, settings: Settings, content: bytes, status: int
) -> None:
    dataset_id = client.post(DATASETS).json()["id"]
    assert send(client, dataset_id, "ants", content).status_code == status
    assert files(settings) == []


@pytest.mark.parametrize("label", ["", "   ", ".", "..", "a|b", "x" * 101, "a\x07b"])
def test_what_is_no_label_is_refused(client: TestClient, label: str) -> None:
    dataset_id = client.post(DATASETS).json()["id"]
    refused = send(client, dataset_id, label, photo(1))
    assert refused.status_code == 422
    assert "label" in refused.json()["detail"]


@pytest.mark.parametrize("label", ["../../etc", "a/b", "...", "käfer", "虫", "CON", "a,b", 'say "hi"', "-x", "=1+1"])
def test_any_text_may_be_a_label(client: TestClient, settings: Settings, label: str) -> None:
    dataset_id = client.post(DATASETS).json()["id"]
    name = "../../../tmp/evil.png"
    assert classes(send(client, dataset_id, label, photo(1), name)) == {label: 1}
    (file,) = files(settings)
    assert file.parent.parent == settings.data_dir / "datasets" / dataset_id
    gone = client.delete(f"{DATASETS}/{dataset_id}/classes/{quote(label, safe='')}")
    assert (gone.status_code, classes(gone), files(settings)) == (200, {}, [])


def test_a_class_that_is_not_there_cannot_be_deleted(client: TestClient) -> None:
    assert client.delete(f"{DATASETS}/{collect(client)}/classes/wasps").status_code == 404


def test_deleting_takes_everything(client: TestClient, settings: Settings) -> None:
    dataset_id = collect(client)
    assert client.delete(f"{DATASETS}/{dataset_id}").status_code == 204
    assert list((settings.data_dir / "datasets").iterdir()) == []
    after = [client.get(f"{DATASETS}/{dataset_id}"), client.delete(f"{DATASETS}/{dataset_id}")]
    after += [send(client, dataset_id, "ants", photo(1)), upload(client, dataset_id, b"x")]
    assert [answer.status_code for answer in after] == [404] * 4


def test_to_anybody_else_they_are_not_there(client: TestClient) -> None:
    dataset_id = collect(client)
    client.headers.update(SOMEBODY_ELSE)
    asked = [client.get(f"{DATASETS}/{dataset_id}"), client.delete(f"{DATASETS}/{dataset_id}")]
    asked += [send(client, dataset_id, "ants", photo(9)), upload(client, dataset_id, zipped({"a/b.png": photo(8)}))]
    asked += [client.delete(f"{DATASETS}/{dataset_id}/classes/ants")]
    assert [answer.status_code for answer in asked] == [404] * 5
    assert client.get(DATASETS).json() == {"items": []}


def test_an_archive_is_added_to_what_is_there(client: TestClient, settings: Settings) -> None:
    dataset_id = collect(client, {"ants": 2, "bees": 2})
    content = zipped({"ants/1.png": photo(1), "ants/new.png": photo(50), "wasps/1.png": photo(51), "ants/x.txt": b"x"})
    answer = upload(client, dataset_id, content)
    assert answer.status_code == 201
    assert classes(answer) == {"ants": 3, "bees": 2, "wasps": 1}
    assert answer.json()["problems"] == [
        "1 file is left out, being no pictures: 'ants/x.txt'.",
        "1 picture was there already and kept once: 'ants/1.png'.",
        "At least 2 pictures are needed of each class: 'wasps' has one.",
    ]
    assert len(files(settings)) == 6


def test_an_archive_may_say_what_is_judged_by(client: TestClient) -> None:
    dataset_id = client.post(DATASETS).json()["id"]
    names = ["train/a/1", "train/b/2", "val/a/3", "val/b/4", "val/b/5"]
    answer = upload(client, dataset_id, zipped({f"{name}.png": photo(i) for i, name in enumerate(names)}))
    assert (answer.json()["validation"], classes(answer)) == (3, {"a": 2, "b": 3})


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"PK\x03\x04 no zip", 422),
        (zipped({"../up/1.png": photo(1)}), 422),
        (zipped({"a/1.png": photo(1), "a/2.png": bytes(4 * 2**20)}), 413),
        (zipped({f"a/{i}.png": photo(i) for i in range(30)}), 413),
    ],
)
def test_an_archive_that_is_refused_leaves_everything_as_it_was(
    make_client: ClientMaker, settings: Settings, content: bytes, status: int
) -> None:
    client = make_client(max_archive_files=20, max_unpacked_mb=3)
    dataset_id = collect(client, {"ants": 1})
    before = files(settings)
    refused = upload(client, dataset_id, content)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert files(settings) == before
    assert classes(client.get(f"{DATASETS}/{dataset_id}")) == {"ants": 1}


def test_an_archive_may_be_larger_than_a_photo(make_client: ClientMaker) -> None:
    client = make_client(max_upload_mb=0.1, max_archive_mb=2)
    content = zipped({f"a/{i}.png": photo(i) + bytes(90_000) for i in range(10)})
    assert len(content) > 800_000
    assert classes(upload(client, collect(client), content))["a"] == 10
    too_large = upload(client, collect(client), bytes(3 * 2**20))
    assert (too_large.status_code, "An archive of pictures may have at most 2 MB" in too_large.text) == (413, True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="archive"\r\n\r\nPK\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nPK\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_a_form_without_an_archive_is_refused(client: TestClient, body: bytes, kind: str) -> None:
    url = f"{DATASETS}/{client.post(DATASETS).json()['id']}/archive"
    refused = client.post(url, content=body, headers={"content-type": kind})
    assert refused.status_code == 400
    assert "'archive'" in refused.json()["detail"]


def test_a_set_has_its_limits(make_client: ClientMaker, settings: Settings) -> None:
    client = make_client(max_dataset_pictures=3)
    dataset_id = collect(client, {"ants": 3})
    assert send(client, dataset_id, "ants", photo(99)).status_code == 413
    client = make_client(max_dataset_mb=0.00005)
    assert send(client, client.post(DATASETS).json()["id"], "ants", photo(99)).status_code == 413
    client = make_client(max_datasets_gb=1e-7)
    assert send(client, client.post(DATASETS).json()["id"], "ants", photo(99)).status_code == 507
    assert len(files(settings)) == 3


def test_those_not_used_for_long_go(settings: Settings) -> None:
    store = Store(settings.data_dir)
    datasets = DatasetStore(store.database, settings)
    old, new = datasets.create("a" * 64), datasets.create("a" * 64)
    past = datetime.now(UTC) - timedelta(days=3)
    with store.database.writing() as session:
        session.execute(update(DatasetRow).where(DatasetRow.id == old).values(used_at=past))
    assert datasets.expire(0) == 0
    assert datasets.expire(2) == 1
    assert [path.name for path in datasets.root.iterdir()] == [new]
    store.close()


def test_what_a_crash_left_behind_goes(settings: Settings) -> None:
    store = Store(settings.data_dir)
    datasets = DatasetStore(store.database, settings)
    kept = datasets.create("a" * 64)
    for left in (datasets.root / ("f" * 32), datasets.root / kept / ".draft"):
        left.mkdir()
        (left / "x").touch()
    datasets.sweep()
    assert len(list(datasets.root.rglob("x"))) == 2  # too young to be sure
    datasets.sweep(grace_s=-1)
    assert [path.name for path in datasets.root.rglob("*")] == [kept]
    store.close()


def test_no_temporary_file_is_left(client: TestClient, settings: Settings) -> None:
    dataset_id = collect(client)
    upload(client, dataset_id, zipped({"a/1.png": photo(70)}))
    upload(client, dataset_id, b"no zip")
    left = [path for path in settings.data_dir.rglob("*") if path.name.startswith(("tmp", "."))]
    assert left == []


def test_an_archive_that_turns_out_too_large_is_refused(make_client: ClientMaker, settings: Settings) -> None:
    client = make_client(max_archive_mb=0.1)
    url = f"{DATASETS}/{collect(client, {'ants': 1})}/archive"

    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="archive"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield bytes(20_000)

    refused = client.post(url, content=endless(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert (refused.status_code, len(files(settings))) == (413, 1)


def test_no_space_for_pictures_is_a_507_and_keeps_none(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = collect(client, {"ants": 1})
    write = Path.write_bytes

    def nearly_full(path: Path, content: bytes) -> int:
        if len(files(settings)) > 2:
            raise OSError(28, "No space left on device", "/secret/path")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", nearly_full)
    refused = upload(client, dataset_id, zipped({f"a/{i}.png": photo(i) for i in range(60, 70)}))
    assert (refused.status_code, "/secret" in refused.text) == (507, False)
    assert len(files(settings)) == 1
    assert classes(client.get(f"{DATASETS}/{dataset_id}")) == {"ants": 1}
