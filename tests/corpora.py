"""All files of the corpus that are known one by one, those that are damaged at random apart."""

from functools import cache

from tests import (
    corpus_bmp,
    corpus_foreign,
    corpus_gif,
    corpus_icc,
    corpus_jpeg,
    corpus_jpeg_ends,
    corpus_png,
    corpus_webp,
)
from tests.corpus import Fate, Sample, named
from tests.corpus_damage import truncated

MAKERS = {
    "jpeg": corpus_jpeg.samples,
    "ends": corpus_jpeg_ends.samples,
    "png": corpus_png.samples,
    "gif": corpus_gif.samples,
    "webp": corpus_webp.samples,
    "bmp": corpus_bmp.samples,
    "icc": corpus_icc.samples,
    "foreign": corpus_foreign.samples,
    "truncated": truncated,
}
# What there is at least, so that nothing is accepted for being left out.
LEAST_ACCEPTED = {"jpeg": 91, "ends": 49, "png": 199, "gif": 83, "webp": 59, "bmp": 222, "icc": 38}


@cache
def corpus(theme: str) -> dict[str, Sample]:
    """The files of one theme, by name."""
    return named(list(MAKERS[theme]()))


def accepted(theme: str) -> list[Sample]:
    """Those that must be shown."""
    return [sample for sample in corpus(theme).values() if sample.fate is Fate.ACCEPTED]
