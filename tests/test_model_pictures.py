"""Every file of the corpus: what must be shown has the right pixels, what must be refused is, for its own reason."""

import numpy as np
import pytest

from model.errors import BrokenPhoto, OversizedPhoto, PhotoError, UnsupportedPhoto
from model.photos import open_photo, read_photo
from tests.corpora import LEAST_ACCEPTED, MAKERS, accepted, corpus
from tests.corpus import Fate, Sample
from tests.corpus_damage import flipped, overwritten, spliced

REFUSALS = {
    Fate.UNSUPPORTED: UnsupportedPhoto,
    Fate.BROKEN: (BrokenPhoto, OversizedPhoto),
    Fate.REFUSED: PhotoError,
    Fate.EITHER: PhotoError,
}


def verdict(sample: Sample) -> str | None:
    """What is wrong with what became of a file; anything but a PhotoError is raised."""
    try:
        photo = read_photo(sample.data)
    except PhotoError as refusal:
        fits = sample.fate is not Fate.ACCEPTED and isinstance(refusal, REFUSALS[sample.fate])
        return None if fits else f"{sample.name}: {refusal} {refusal.__cause__!r}"
    if sample.fate not in (Fate.ACCEPTED, Fate.EITHER):
        return f"{sample.name}: accepted"
    if sample.pixels is None or sample.fate is Fate.EITHER:
        return None
    if photo.pixels.shape != sample.pixels.shape:
        return f"{sample.name}: {photo.pixels.shape} is not {sample.pixels.shape}"
    off = int(np.abs(photo.pixels.astype(int) - sample.pixels).max())
    return None if off <= sample.tolerance else f"{sample.name}: {off} levels off"


@pytest.mark.parametrize("theme", MAKERS)
def test_every_file_has_its_fate_and_its_pixels(theme: str) -> None:
    assert [wrong for sample in corpus(theme).values() if (wrong := verdict(sample))] == []


@pytest.mark.parametrize("theme", LEAST_ACCEPTED)
def test_what_must_be_accepted_is_counted(theme: str) -> None:
    samples = accepted(theme)
    assert len(samples) >= LEAST_ACCEPTED[theme]
    assert all(sample.pixels is not None for sample in samples)


@pytest.mark.parametrize("theme", ["jpeg", "icc", "png"])
def test_what_is_accepted_is_accepted_by_those_who_want_less(theme: str) -> None:
    for sample in accepted(theme):
        photo = open_photo(sample.data).read(lambda *_: (3, 3))
        assert sample.pixels is not None
        assert photo.size == sample.pixels.shape[1::-1], sample.name
        assert photo.pixels.size, sample.name


def test_a_changed_picture_is_read_or_refused_and_nothing_else() -> None:
    damaged = [*flipped(60), *overwritten(step=17), *spliced()]
    assert len(damaged) > 1000
    assert [wrong for sample in damaged if (wrong := verdict(sample))] == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("jpeg-12-bits", "12 bits per sample"),
        ("jpeg-sof-5", "coded in a way"),
        ("bmp-compression-11", "a rare kind"),
        ("bmp-bits-48", "a rare kind"),
        ("png-flood-13000", "169.0 megapixels"),
        ("gif-flood-screen", "81.0 megapixels"),
        ("png-flood-49000000x1", "at most 65,535 a side"),
        ("png-crc-data", "damaged"),
    ],
)
def test_a_refusal_says_why(name: str, sentence: str) -> None:
    sample = corpus(name.partition("-")[0])[name]
    with pytest.raises(PhotoError, match=sentence):
        read_photo(sample.data)
