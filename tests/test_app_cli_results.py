"""Folders of photos on the command line: order, one bad photo among good ones, memory, Ctrl-C, a full disk."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app import cli_files
from app.cli_photos import find_photos
from app.cli_results import Explainer
from model.classifier import Classifier, Explanation
from model.errors import InferenceError
from model.photos import PhotoFile
from model.preprocess import Prepared
from model.rendering import Style
from model.threads import map_ahead
from tests.bundles import make_bundle

SIZES = ((90, 60), (60, 90), (64, 64))
ROOT = Path(__file__).parent.parent


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundles")


def photos(folder: Path, count: int = 24) -> Path:
    """Photos of several shapes and colours, whose names tell their order."""
    folder.mkdir()
    for place in range(count):
        shade = (10 * place % 256, 255 - 10 * place % 256, 90)
        Image.new("RGB", SIZES[place % len(SIZES)], shade).save(folder / f"{place:03}.png")
    return folder


def explainer(bundle: Path, out: Path | None = None, **changed: Any) -> Explainer:
    values = {"top_k": 2, "extra": (), "scale": 1, "max_megapixels": 50, "out": out, "style": Style()} | changed
    return Explainer(Classifier.open(bundle, 1), **values)


def explain(bundle: Path, folder: Path, *options: str, out: Path) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    words = [sys.executable, "-m", "app", "explain", str(folder), "-m", str(bundle), "-o", str(out), *options]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def results(out: Path) -> dict[str, bytes]:
    """Every file's bytes; of the JSON files what does not tell times."""
    found = {}
    for path in sorted(out.rglob("*.*")):
        content = path.read_bytes()
        if path.suffix == ".json":
            answer = json.loads(content)
            del answer["timing_ms"], answer["created_at"]
            content = json.dumps(answer).encode()
        found[path.relative_to(out).as_posix()] = content
    return found


def test_results_are_the_same_however_many_are_made_at_once(tmp_path: Path, bundle: Path) -> None:
    folder = photos(tmp_path / "in")
    done = [explain(bundle, folder, "--json", "-j", jobs, out=tmp_path / jobs) for jobs in ("1", "5")]
    assert [one.returncode for one in done] == [0, 0], done[1].stderr
    assert len(results(tmp_path / "1")) == 48
    assert results(tmp_path / "1") == results(tmp_path / "5")
    lines = [json.loads(line)["file"] for line in done[1].stdout.splitlines()]
    assert lines == [str(path) for path in sorted(folder.iterdir())]


def test_photos_that_share_a_pass_get_what_they_get_alone(tmp_path: Path, bundle: Path) -> None:
    sources = find_photos([photos(tmp_path / "in", 9)])
    alone, together = explainer(bundle, tmp_path / "alone"), explainer(bundle, tmp_path / "together")
    for source in sources:
        alone.explain([source])
    outcomes = together.explain(sources)
    assert [outcome.source for outcome in outcomes] == sources
    ours, theirs = results(tmp_path / "alone"), results(tmp_path / "together")
    assert ours.keys() == theirs.keys()
    for name in (name for name in ours if name.endswith(".json")):
        one, other = json.loads(ours[name]), json.loads(theirs[name])
        for mine, its in zip(one["predictions"], other["predictions"], strict=True):
            assert mine["label"] == its["label"]
            np.testing.assert_allclose(mine["cam"], its["cam"], atol=1e-5)


def test_a_bad_photo_fails_alone(tmp_path: Path, bundle: Path) -> None:
    folder = photos(tmp_path / "in", 6)
    (folder / "002.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    outcomes = explainer(bundle, tmp_path / "out").explain(find_photos([folder]))
    assert [outcome.answer is None for outcome in outcomes] == [False, False, True, False, False, False]
    assert outcomes[2].why == "This PNG picture is damaged and cannot be read."


def test_a_photo_that_the_network_cannot_answer_for_fails_alone(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = photos(tmp_path / "in", 7)
    answer = Classifier.answer

    def picky(self: Classifier, batch: list[Prepared], *rest: Any) -> list[Explanation]:
        if any(one.pixels[0, 0, 0] == 30 for one in batch):
            raise InferenceError("The network's answer is not a finite number.")
        return answer(self, batch, *rest)

    monkeypatch.setattr(Classifier, "answer", picky)
    outcomes = explainer(bundle).explain(find_photos([folder]))
    assert [outcome.source.path.name for outcome in outcomes if outcome.answer is None] == ["003.png"]


def test_a_full_disk_is_told_for_each_photo(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cli_files.os, "replace", full)
    outcomes = explainer(bundle, tmp_path / "out").explain(find_photos([photos(tmp_path / "in", 3)]))
    assert {outcome.why for outcome in outcomes} == {"No space left on device"}
    assert list((tmp_path / "out").iterdir()) == [], "no drafts stay"


def test_few_photos_are_held_however_many_there_are(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, alive, most, lock = 3, set[int](), [0], threading.RLock()
    read = PhotoFile.read

    def counted(self: PhotoFile, *rest: Any) -> Any:
        photo = read(self, *rest)
        with lock:
            alive.add(id(photo.pixels))
            weakref.finalize(photo.pixels, alive.discard, id(photo.pixels))
            most[0] = max(most[0], len(alive))
        return photo

    monkeypatch.setattr(PhotoFile, "read", counted)
    one = explainer(bundle, tmp_path / "out")
    batches = ([source] for source in find_photos([photos(tmp_path / "in", 40)]))
    found = 0
    for outcomes in map_ahead(one.explain, batches, workers):
        time.sleep(0.005)  # a slow reader of results holds nothing up in memory
        found += len(outcomes)
    assert found == 40
    assert 1 <= most[0] <= workers


def test_a_large_photo_is_drawn_at_the_size_that_is_shown(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.effect_noise((5000, 1000), 60).convert("RGB").save(tmp_path / "wide.jpg")
    [outcome] = explainer(bundle, tmp_path / "out").explain(find_photos([tmp_path / "wide.jpg"]))
    assert outcome.answer is not None
    assert (outcome.answer.image.width, outcome.answer.image.height) == (5000, 1000)
    with Image.open(tmp_path / "out" / "wide.png") as drawn:
        assert drawn.width == 2048


def test_a_name_that_is_no_text_is_explained_like_any_other(tmp_path: Path, bundle: Path) -> None:
    folder = photos(tmp_path / "in", 1)
    odd = os.fsencode(folder) + b"/caf\xe9.png"
    try:
        os.rename(folder / "000.png", odd)  # noqa: PTH104 (bytes)
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    done = explain(bundle, folder, out=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    [path] = (tmp_path / "out").glob("*.json")
    assert json.loads(path.read_text())["file"].endswith("caf\ufffd.png")


def test_an_interrupt_ends_it_at_once_without_half_a_file(tmp_path: Path, bundle: Path) -> None:
    folder, out = photos(tmp_path / "in", 1), tmp_path / "out"
    for place in range(1, 3000):
        shutil.copy(folder / "000.png", folder / f"{place:04}.png")
    words = [sys.executable, "-m", "app", "explain", str(folder), "-m", str(bundle), "-o", str(out)]
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # As from a terminal, also where the tests run in the background and so would let their children ignore it.
    heed = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(words, cwd=ROOT, **said, preexec_fn=heed) as running:  # noqa: PLW1509
        while running.poll() is None and not (out.is_dir() and any(out.glob("*.json"))):
            time.sleep(0.01)
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
    assert running.returncode == 130, told
    assert time.monotonic() - begun < 5
    assert b"Traceback" not in told
    assert not list(out.glob(".*")), "no drafts stay"
    for path in out.glob("*.json"):
        json.loads(path.read_bytes())
    for path in out.glob("*.png"):
        with Image.open(path) as drawn:
            drawn.load()
