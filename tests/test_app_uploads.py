import asyncio
import hashlib
import io
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser

from app import decoding, explanations, memory, uploads
from app.config import Settings
from app.disconnects import unless_gone
from app.errors import Gone, Malformed, NotReady, TooLarge
from app.uploads import Uploads, content, digest, ensure_temporary_folder
from model.errors import OversizedPhoto
from tests.conftest import ClientMaker
from tests.pictures import picture


def upload(content: bytes, size: int | None = None) -> UploadFile:
    return UploadFile(io.BytesIO(content), filename="x", size=len(content) if size is None else size)


@pytest.fixture
def reader() -> Any:
    made = Uploads(Settings(max_upload_mb=1, max_megapixels=0.01, decode_slots=2))
    yield made
    made.close()


def test_an_upload_is_read_from_its_start() -> None:
    image = upload(picture())
    image.file.seek(7)
    assert content(image) == picture()
    assert digest(picture()) == hashlib.sha256(picture()).hexdigest()


def test_a_file_that_went_to_disk_is_read_too() -> None:
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(picture())
        assert content(UploadFile(file, filename="x", size=1000)) == picture()  # type: ignore[arg-type]


def test_limits_are_the_settings(reader: Uploads) -> None:
    reader.check(upload(b"x", 2**20))
    with pytest.raises(TooLarge, match="1 MB"):
        reader.check(upload(b"x", 2**20 + 1))
    with reader.workers.on(picture(size=(101, 100))) as worker, pytest.raises(OversizedPhoto):
        worker.format()
    with reader.workers.on(picture(size=(100, 100))) as worker:
        assert worker.format() == "JPEG"


@pytest.mark.parametrize(
    ("chosen", "cores", "gigabytes", "megapixels", "in_memory", "slots"),
    [
        (0, 2, 24, 50, False, 2),
        (0, 2, 2, 50, False, 2),
        (0, 8, 2, 50, False, 2),
        (0, 8, 2, 50, True, 1),
        (0, 8, 3, 50, False, 4),
        (0, 8, 3, 50, True, 3),
        (0, 8, 2, 12, False, 8),
        (0, 4, 0.5, 50, False, 1),
        (0, 4, 0.1, 50, True, 1),
        (0, 64, 512, 50, True, 16),
        (5, 2, 0.1, 50, True, 5),
    ],
)
def test_there_is_a_slot_for_every_core_if_the_largest_pictures_fit(
    monkeypatch: pytest.MonkeyPatch,
    chosen: int,
    cores: int,
    gigabytes: float,
    megapixels: float,
    in_memory: bool,
    slots: int,
) -> None:
    monkeypatch.setattr(uploads, "usable_memory", lambda: int(gigabytes * 2**30))
    monkeypatch.setattr(uploads, "usable_cores", lambda: cores)
    monkeypatch.setattr(uploads, "lies_in_memory", lambda _: in_memory)
    assert uploads.slots_of(Settings(decode_slots=chosen, max_megapixels=megapixels)) == slots


@pytest.mark.parametrize("place", [".", "system.slice", "system.slice/camscope.service"])
def test_a_containers_memory_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    whole = memory.usable_memory()
    assert whole > 2**28
    own = tmp_path / "proc"
    own.write_text("1:memory:/elsewhere\n0::/system.slice/camscope.service\n")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_CGROUP", own)
    limit = tmp_path / place / "memory.max"
    limit.parent.mkdir(parents=True, exist_ok=True)
    for said, usable in (("max\n", None), ("1048576\n", 2**20), (str(2**63), None)):
        limit.write_text(said)
        assert memory.usable_memory() == (usable or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def test_a_folder_in_memory_is_known_by_its_mount(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a b" / "disk").mkdir(parents=True)
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(memory, "MOUNTS", mounts)
    assert not memory.lies_in_memory(tmp_path), "nobody says"
    escaped = str(tmp_path).replace(" ", r"\040")
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\ntmpfs {escaped}/a\\040b tmpfs rw 0 0\n/dev/sdb {escaped}/a\\040b/disk ext4 rw 0 0\n"
    )
    found = [memory.lies_in_memory(tmp_path / name) for name in ("", "a b", "a b/new", "a b/disk", "a b/disk/new")]
    assert found == [False, True, True, False, False]


def test_nothing_chosen_is_malformed(reader: Uploads) -> None:
    with pytest.raises(Malformed):
        reader.check(UploadFile(io.BytesIO(b""), filename="", size=0))


def test_only_so_many_are_decoded_at_once(reader: Uploads) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def slow(add: int) -> int:
        nonlocal running, most
        with lock:
            running += add
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= add
        return add

    assert [work.result() for work in [reader.submit(slow, 1) for _ in range(8)]] == [1] * 8
    assert most == 2


def test_closing_lets_finish_what_is_begun_and_refuses_the_others(reader: Uploads) -> None:
    may_end = threading.Event()
    begun = [reader.submit(may_end.wait, 10) for _ in range(2)]
    waiting = reader.submit(content, upload(b"x"))
    closing = threading.Thread(target=reader.close)
    closing.start()
    while not reader._closed:
        time.sleep(0.001)
    may_end.set()
    closing.join(10)
    assert [work.result(10) for work in begun] == [True, True]
    with pytest.raises(NotReady):
        waiting.result(10)
    with pytest.raises(NotReady):
        reader.submit(content, upload(b"x"))


def test_no_temporary_file_is_left(client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 2**20)
    large = picture(size=(900, 600), kind="BMP")
    for photo in (large, b"no picture" * 200_000, large[:-1000]):
        client.post("/api/v1/explanations", files={"image": ("a", photo)})
        assert list(tmp_path.iterdir()) == [tmp_path / "data"]


def test_a_photo_of_some_megabytes_is_not_written_to_disk(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", None)
    photo = picture(size=(1600, 1200), kind="BMP")
    assert 2**20 < len(photo) < 2**23
    answer = client.post("/api/v1/explanations", files={"image": ("a", photo)}, data={"store": "false"})
    assert answer.status_code == 200


def test_a_machine_without_a_temporary_folder_uses_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError

    ensure_temporary_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    ensure_temporary_folder(tmp_path)
    assert tempfile.tempdir == str(tmp_path / "tmp")


class Visitor:
    """A request whose client leaves when told to."""

    def __init__(self) -> None:
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, str]:
        await self.left.wait()
        return {"type": "http.disconnect"}


def test_work_for_a_client_that_left_is_cancelled() -> None:
    async def scenario() -> None:
        visitor, cancelled = Visitor(), False

        async def work() -> None:
            nonlocal cancelled
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled = True
                raise

        asyncio.get_running_loop().call_later(0.01, visitor.left.set)
        with pytest.raises(Gone):
            await unless_gone(visitor, work())  # type: ignore[arg-type]
        assert cancelled

    asyncio.run(scenario())


def test_work_that_is_done_gives_its_result_or_its_error() -> None:
    async def scenario() -> None:
        async def good() -> int:
            return 7

        async def bad() -> int:
            raise KeyError

        assert await unless_gone(Visitor(), good()) == 7  # type: ignore[arg-type]
        with pytest.raises(KeyError):
            await unless_gone(Visitor(), bad())  # type: ignore[arg-type]

    asyncio.run(scenario())


class Held:
    """A classifier that answers when told to."""

    def __init__(self, inner: Any) -> None:
        self.bundle, self.spec, self.provider = inner.bundle, inner.spec, inner.provider
        self.inner, self.prepare = inner, inner.prepare
        self.asked, self.may_answer = threading.Semaphore(0), threading.Event()

    def answer(self, batch: Any, alone: bool = True) -> Any:
        self.asked.release()
        assert self.may_answer.wait(20)
        return self.inner.answer(batch, alone)

    def probe(self) -> None: ...


def test_a_full_queue_is_a_429_before_any_work_and_later_all_is_well(
    make_client: ClientMaker, classifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(classifier)
    client = make_client(classifiers=[held], queue_size=1)
    statuses: list[int] = []

    def ask(shade: int) -> Any:
        return client.post("/api/v1/explanations", files={"image": ("a.png", picture((shade, 0, 0), kind="PNG"))})

    held.may_answer.set()
    assert ask(0).status_code == 201
    assert held.asked.acquire(timeout=10)
    held.may_answer.clear()
    threads = [threading.Thread(target=lambda shade=shade: statuses.append(ask(shade).status_code)) for shade in (1, 2)]
    for thread in threads:
        thread.start()
    assert held.asked.acquire(timeout=10)
    end = time.monotonic() + 10
    while "camscope_queue_depth 2.0" not in client.get("/metrics").text:
        assert time.monotonic() < end
    with monkeypatch.context() as patched:
        patched.setattr(explanations, "content", None)
        patched.setattr(decoding, "content", None)
        for shade in (0, 3):  # numbers that would be found, and such that would be computed
            refused = ask(shade)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
    assert client.get("/healthz").status_code == 200
    held.may_answer.set()
    for thread in threads:
        thread.join(20)
    assert statuses == [201, 201]
    assert ask(0).status_code == 201


def test_one_photo_takes_one_place(make_client: ClientMaker) -> None:
    client = make_client(queue_size=0)  # one is in the network and none may wait
    for _ in range(2):
        assert client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())}).status_code == 201
    assert "camscope_queue_depth 0.0" in client.get("/metrics").text
