"""Thousands of odd and damaged pictures, through a real server; what each costs; and what a browser shows of them."""

import base64
import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from model.errors import PhotoError
from model.photos import read_photo
from tests.bundles import make_bundle
from tests.corpora import LEAST_ACCEPTED, MAKERS, corpus
from tests.corpus import Fate, Pixels, Sample
from tests.corpus_damage import flipped, overwritten, spliced
from tests.corpus_heavy import HEIGHT, UPLOAD_BYTES, WIDTH, bombs, large
from tests.corpus_sending import Account, leftovers, send
from tests.test_app_serving import environment

pytestmark = pytest.mark.torture
log = logging.getLogger(__name__)  # --log-cli-level=info shows the figures
logging.getLogger("httpx2").setLevel(logging.WARNING)
ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 3
LONG_S = 60
BYTES_PER_PIXEL = 12.5
OTHER_BYTES = 8 * 2**20  # tables, bands, Python
CAP_PIXELS = 50e6
OWNER = {"Camscope-Owner": "corpus-corpus-corpus"}


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, str]]:
    """A server process over a tiny bundle: its id and address; what it logs goes to a file."""
    bundle = make_bundle(folder / "bundles")
    spool = folder / "spool"
    spool.mkdir()
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--model", str(bundle)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment(folder), "TMPDIR": str(spool), "CAMSCOPE_MAX_UPLOAD_MB": "21"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, (folder / "log").read_text()
            yield process.pid, found[0]
        finally:
            process.terminate()
            process.communicate(timeout=LONG_S)


def peak_mib(process: int) -> float:
    """The most memory that a process and its children ever had, added up."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    total = 0
    for number in (str(process), *children):
        status = Path(f"/proc/{number}/status").read_text()
        total += int(re.search(r"VmHWM:\s+(\d+)", status)[1])  # type: ignore[index]
    return total / 1024


def send_all(url: str, samples: Sequence[Sample], store: bool) -> list[Account]:
    """Some clients at the same time, each with its share."""

    def share(first: int) -> Account:
        with httpx2.Client(base_url=url, timeout=LONG_S, headers=OWNER) as client:
            return send(client, samples[first::CLIENTS], Account(), store)

    with ThreadPoolExecutor(CLIENTS) as threads:
        return list(threads.map(share, range(CLIENTS)))


def test_thousands_of_odd_pictures_cost_a_real_server_nothing(tmp_path: Path) -> None:
    known = list(chain.from_iterable(corpus(theme).values() for theme in MAKERS))
    damaged = [*flipped(2000), *overwritten(step=5), *spliced()]
    with serving(tmp_path) as (process, url):
        before = set((tmp_path / "spool").iterdir())
        accounts = send_all(url, known, store=True)
        accounts += send_all(url, damaged, store=False)
        kept = Account(kept=sum(account.kept for account in accounts))
        with httpx2.Client(base_url=url, timeout=LONG_S, headers=OWNER) as client:
            left = leftovers(client, tmp_path / "data", kept)
        most = peak_mib(process)
    faults = [fault for account in accounts for fault in account.faults]
    statuses = sum((account.statuses for account in accounts), start=Account().statuses)
    slowest = max(account.slowest_s for account in accounts)
    log.info(f"{len(known)} known, {len(damaged)} damaged: {dict(statuses)}; slowest {slowest}; peak {most:.0f} MiB")
    assert faults == []
    assert statuses[201] >= sum(LEAST_ACCEPTED.values())
    assert set(statuses) == {200, 201, 415, 422}
    assert statuses.total() == len(known) + len(damaged)
    assert len(damaged) > 12_000
    assert left == []
    assert set((tmp_path / "spool").iterdir()) == before
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert slowest[0] < LONG_S / 2


MEASURE = r"""
import re, sys, time
from pathlib import Path
from model.errors import PhotoError
from model.photos import read_photo

def peak():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024

data = Path(sys.argv[1]).read_bytes()
read_photo(Path(sys.argv[2]).read_bytes()).pixels
before, began = peak(), time.process_time()
try:
    photo = read_photo(data)
    photo.pixels
    pixels = photo.width * photo.height
except PhotoError:
    pixels = 0
print(peak() - before, time.process_time() - began, pixels)
"""


def cost(data: bytes, folder: Path) -> tuple[int, float, int]:
    """Reading a file in a process of its own: bytes of memory, seconds of processor time, pixels read."""
    file, small = folder / "file", folder / "small"
    file.write_bytes(data)
    small.write_bytes(corpus("icc")["icc-png"].data)
    command = [sys.executable, "-c", MEASURE, str(file), str(small)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=10 * LONG_S)
    memory, seconds, pixels = done.stdout.split()
    return int(memory), float(seconds), int(pixels)


def test_no_large_picture_takes_more_than_twelve_bytes_a_pixel_and_twice_its_file(tmp_path: Path) -> None:
    over = []
    for name, data in large():
        memory, seconds, pixels = cost(data, tmp_path)
        assert pixels == WIDTH * HEIGHT, name
        log.info(f"{name}: {memory / pixels:.2f} bytes a pixel, file {len(data) / pixels:.2f}, {seconds:.2f} s")
        if memory > BYTES_PER_PIXEL * pixels + 2 * len(data) + OTHER_BYTES:
            over.append(f"{name}: {memory / pixels:.2f}")
    assert over == []


def test_no_file_takes_long_or_more_memory_than_the_largest_picture(tmp_path: Path) -> None:
    over = []
    for sample in bombs():
        assert len(sample.data) <= UPLOAD_BYTES * 1.6
        memory, seconds, pixels = cost(sample.data, tmp_path)
        log.info(f"{sample.name}: {memory / 2**20:.0f} MiB, {seconds:.2f} s, {pixels:,} pixels")
        if seconds > LONG_S / 4 or memory > BYTES_PER_PIXEL * CAP_PIXELS + 2 * len(sample.data):
            over.append(f"{sample.name}: {memory / 2**20:.0f} MiB, {seconds:.1f} s")
    assert over == []


DRAW = """async (file) => {
    const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([bytes]));
    try { await image.decode(); } catch { return null; }
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.width, canvas.height, btoa(Array.from(pixels, (level) => String.fromCharCode(level)).join(""))];
}"""

# What is shown here otherwise than in Chromium, and why: docs/decisions/0121-what-a-picture-shows.md
OTHERWISE = re.compile(
    r"webp-(animated-)?exif(-[2-8])?(-with-lead)?"  # it does not turn WebP pictures
    r"|png-exif-behind"  # nor PNG pictures whose EXIF block stands behind their pixels
    r"|png-(actl-alone|animated-(default-apart|sequence|flood))"  # of an animation it shows the first frame
    r"|webp-animated-cut-\d+"  # it wants all frames
    r"|webp-animated-alpha-not-announced"  # it takes such pixels for opaque, multiplied as they are
    r"|jpeg-end-(?!progressive)[^-]*-(nothing|half|line)|jpeg-early-.*-without-end"  # it leaves out the last rows
    r"|jpeg-end-progressive.*-start"  # it shows nothing
    r"|bmp-rle24-over-the-edge"  # it leaves out what follows a run that is too long
    r"|bmp-2-header-12|bmp-(png|jpeg)-inside-\d+|jpeg-lossless"  # it does not read them
)
CHROMIUM_TOLERANCE = 4


def drawn(page: Page, data: bytes) -> Pixels | None:
    """What the browser shows of a file, on white; none where it shows nothing."""
    told = page.evaluate(DRAW, base64.b64encode(data).decode())
    if told is None:
        return None
    width, height, levels = told
    return np.frombuffer(base64.b64decode(levels), np.uint8).reshape(height, width, 4)[..., :3]


@pytest.mark.browser
@pytest.mark.parametrize("theme", LEAST_ACCEPTED)
def test_a_browser_shows_the_same(chromium: Browser, theme: str) -> None:
    page, differing, compared = chromium.new_page(), [], 0
    page.goto("about:blank")
    for sample in corpus(theme).values():
        if sample.fate is not Fate.ACCEPTED or OTHERWISE.fullmatch(sample.name) or len(sample.data) > 5e6:
            continue
        compared += 1
        theirs, ours = drawn(page, sample.data), read_photo(sample.data).pixels
        if theirs is None or theirs.shape != ours.shape:
            differing.append(f"{sample.name}: {theirs is None or theirs.shape}")
        elif (off := int(np.abs(ours.astype(int) - theirs).max())) > CHROMIUM_TOLERANCE:
            differing.append(f"{sample.name}: {off}")
    page.close()
    log.info(f"{theme}: {compared} compared")
    assert differing == []
    assert compared > LEAST_ACCEPTED[theme] * 0.6


@pytest.mark.browser
def test_what_a_browser_shows_of_changed_pictures_is_known_here_too(chromium: Browser) -> None:
    """Where both read a changed file, and its size is the same, most pixels are: nothing is shown that is not there."""
    page, sizes, seen = chromium.new_page(), [], 0
    page.goto("about:blank")
    for sample in flipped(60, seed=3):
        try:
            ours = read_photo(sample.data, 1.0).pixels
        except PhotoError:
            continue
        theirs = drawn(page, sample.data)
        seen += theirs is not None
        if theirs is not None and theirs.shape != ours.shape:
            sizes.append(f"{sample.name}: {theirs.shape} {ours.shape}")
    page.close()
    assert seen > 100
    assert len(sizes) <= seen // 50, sizes
