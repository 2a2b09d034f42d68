import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageCms

from app.copies import stored_copy
from app.errors import NotFound
from app.folders import LOSSLESS_PHOTO, PHOTO, THUMBNAIL, photo_name
from app.pictures import thumbnail
from app.store import Store
from model.photos import open_photo, read_photo
from tests.pictures import encoded, picture
from tests.stored import BUNDLE, OWNER, files, row

EXPLANATIONS = "/api/v1/explanations"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def kept(store: Store, photo: bytes) -> str:
    explanation_id = store.new_id()
    store.keep(row(explanation_id), {**files(), PHOTO: photo}, BUNDLE).result()
    return explanation_id


def size(file: Path | bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file) as image:
        return image.size


def gradient(width: int, height: int) -> Image.Image:
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    return Image.fromarray(np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy())


@pytest.mark.parametrize("whole", [(5000, 3001), (2049, 33), (2048, 100), (31, 47), (1, 4000)])
@pytest.mark.parametrize("network", [(224, 160), (5000, 5000)])
def test_the_copy_has_the_size_that_is_told_however_the_network_saw_it(
    whole: tuple[int, int], network: tuple[int, int]
) -> None:
    file = open_photo(encoded(gradient(*whole), "JPEG"))
    seen = file.read(lambda *_: network)
    shrunk = min(1.0, 2048 / max(whole))
    assert size(stored_copy(file, seen)) == tuple(max(1, round(side * shrunk)) for side in whole)


def test_the_copy_carries_no_metadata_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret"
    file = open_photo(encoded(gradient(96, 64), "JPEG", exif=exif, comment=b"a secret", icc_profile=b"") + b"a secret")
    copy = stored_copy(file, file.read())
    assert size(copy) == (64, 96)
    assert b"secret" not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert not image.getexif()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "WEBP"])
def test_a_small_lossless_upload_is_kept_to_the_last_bit(kind: str) -> None:
    file = open_photo(encoded(gradient(512, 512), kind, **({"lossless": True} if kind == "WEBP" else {})))
    seen = file.read()
    copy = stored_copy(file, seen)
    assert photo_name(copy) == LOSSLESS_PHOTO
    assert np.array_equal(read_photo(copy).pixels, seen.pixels)


@pytest.mark.parametrize(
    ("whole", "kind", "options"),
    [((512, 513), "PNG", {}), ((64, 64), "JPEG", {}), ((64, 64), "WEBP", {}), ((3000, 80), "PNG", {})],
)
def test_what_is_large_or_lossy_already_is_kept_as_a_jpeg(
    whole: tuple[int, int], kind: str, options: dict[str, Any]
) -> None:
    file = open_photo(encoded(gradient(*whole), kind, **options))
    assert photo_name(stored_copy(file, file.read())) == PHOTO


def test_a_lossless_webp_with_a_profile_is_known_as_one() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = open_photo(encoded(gradient(64, 64), "WEBP", lossless=True, icc_profile=profile))
    assert photo_name(stored_copy(file, file.read())) == LOSSLESS_PHOTO


def test_a_photo_kept_losslessly_is_served_and_asked_again_as_it_was_sent(client: TestClient) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    upload = encoded(Image.fromarray(noise), "PNG")
    sent = client.post(EXPLANATIONS, files={"image": upload}).json()
    address = f"{EXPLANATIONS}/{sent['id']}"
    image = client.get(f"{address}/image")
    assert image.headers["content-type"] == "image/png"
    assert image.headers["content-disposition"].endswith('.png"')
    assert np.array_equal(read_photo(image.content).pixels, noise)
    small = client.get(f"{address}/image?width=32")
    assert (small.headers["content-type"], size(small.content)) == ("image/jpeg", (32, 24))
    assert client.get(f"{address}/thumbnail").headers["content-type"] == "image/jpeg"
    again = client.post(f"{address}/counterfactuals", json={"fill": "mean"}).json()
    assert again["before"]["logit"] == pytest.approx(sent["predictions"][0]["logit"], abs=1e-4)
    assert not [words for words in again["sentences"] if "copy" in words]


def test_a_thumbnail_is_made_once_and_goes_with_its_explanation(store: Store) -> None:
    explanation_id = kept(store, encoded(gradient(2000, 1500), "JPEG"))
    assert not (store.file(explanation_id, PHOTO).parent / THUMBNAIL).exists()
    first = thumbnail(store, explanation_id)
    assert size(first) == (320, 240)
    written = first.stat().st_mtime_ns
    assert thumbnail(store, explanation_id) == first
    assert first.stat().st_mtime_ns == written
    assert first.stat().st_mode & 0o077 == 0
    store.delete(explanation_id, OWNER)
    assert not first.parent.exists()
    with pytest.raises(NotFound):
        thumbnail(store, explanation_id)


def test_a_thumbnail_of_an_older_version_stays(store: Store) -> None:
    explanation_id = store.new_id()
    store.keep(row(explanation_id), {**files(), THUMBNAIL: b"older"}, BUNDLE).result()
    assert thumbnail(store, explanation_id).read_bytes() == b"older"
    sharing = store.new_id()
    store.keep(row(sharing), explanation_id, BUNDLE).result()
    assert thumbnail(store, sharing).read_bytes() == b"older"


def test_a_small_photo_is_not_enlarged(store: Store) -> None:
    assert size(thumbnail(store, kept(store, picture(size=(96, 64))))) == (96, 64)


def test_without_room_for_a_thumbnail_the_photo_itself_is_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    explanation_id = kept(store, picture())
    monkeypatch.setattr(store, "add_file", full)
    assert thumbnail(store, explanation_id) == store.file(explanation_id, PHOTO)


def test_many_may_look_for_the_first_time_at_once(store: Store) -> None:
    explanation_id = kept(store, encoded(gradient(1000, 700), "JPEG"))
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(thumbnail(store, explanation_id).read_bytes())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_history_shows_thumbnails(client: TestClient) -> None:
    upload = {"image": ("a.jpg", encoded(gradient(640, 480), "JPEG"))}
    address = client.post(EXPLANATIONS, files=upload).headers["location"]
    for _ in range(2):
        answer = client.get(f"{address}/thumbnail")
        assert answer.headers["content-type"] == "image/jpeg"
        assert size(answer.content) == (320, 240)
    client.delete(address)
    assert client.get(f"{address}/thumbnail").status_code == 404
