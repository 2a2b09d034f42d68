"""The feature maps of many pictures, computed once by the serving runtime and kept on disk.

Training a head needs what the network makes of each picture, and that changes with the network, the
picture and the way from one to the other alone: these are the key, so nothing is computed twice.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from model.cam import Array
from model.census import Census
from model.classifier import Classifier
from model.dataset import Sample
from model.errors import DatasetError
from model.feature_run import FeatureRun, View, pooled
from model.feature_store import LIMIT_SETTING, FeatureStore
from model.findings import counted
from model.segments import FLOAT, Record, Segment
from model.sessions import usable_cores
from model.spec import Pool, Preprocessing

__all__ = ["FeatureCache", "Features"]

ATTEMPTS = 3
IN_MEMORY_BYTES = 2**28


class Features:
    """The features of pictures, in their order, read from the disk as they are used.

    Close it when done: until then nobody removes its files to make room for others.
    """

    def __init__(self, records: Sequence[Record], segments: Mapping[int, Segment], pool: Pool, scratch: Path) -> None:
        """Take the records over, with the files that hold them."""
        self.pool = pool
        self._records = records
        self._segments = segments
        self._floats = {number: segments[number].floats() for number in {one.segment for one in records}}
        self._scratch = scratch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def channels(self) -> int:
        """C, of the feature maps."""
        return self._records[0].channels

    def shape(self, index: int) -> tuple[int, ...]:
        """Of one picture's features: (C,), or (C, h, w) for maps; nothing is read."""
        record = self._records[index]
        return (record.channels, record.rows, record.columns) if self.pool is Pool.MAPS else (record.channels,)

    def pooled(self, index: int) -> Array:
        """One picture's features, read-only: (C,), or (C, h, w) for maps."""
        record = self._records[index]
        return record.array(self._floats[record.segment]).reshape(self.shape(index))

    def matrix(self) -> Array:
        """All pictures' pooled vectors, (N, C), read-only; mapped from a file where they are many.

        Raises:
            ValueError: whole maps are kept, which may differ in shape
            DatasetError: no room on the disk to line them up
        """
        if self.pool is Pool.MAPS:
            raise ValueError("maps of different pictures make no matrix")
        shape, first = (len(self), self.channels), self._records[0]
        in_line = all(
            record.segment == first.segment and record.start == first.start + place * first.length
            for place, record in enumerate(self._records)
        )
        if in_line:
            return self._floats[first.segment][first.start : first.start + math.prod(shape)].reshape(shape)
        small = math.prod(shape) * FLOAT <= IN_MEMORY_BYTES
        lined = np.empty(shape, np.float32) if small else _scratch_array(self._scratch, shape)
        for place in range(len(self)):
            lined[place] = self.pooled(place)
        lined.flags.writeable = False
        return lined

    def close(self) -> None:
        """Let go of the files; what was read of them stays readable."""
        for segment in self._segments.values():
            segment.close()


def _scratch_array(folder: Path, shape: tuple[int, int]) -> Array:
    """An array on the disk that is gone with its last reader."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            return np.memmap(file, np.float32, "w+", shape=shape)
    except OSError as error:
        raise DatasetError(f"{folder}: no room to line up the features: {error.strerror}.") from error


class FeatureCache:
    """Features on disk, shared by any number of threads and processes.

    Args:
        folder: for its files; safe to delete when nobody uses it
        limit_bytes: all of them together never take more; the least recently used give way
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes

    def compute(
        self,
        classifier: Classifier,
        census: Census,
        samples: Sequence[Sample],
        pool: Pool = Pool.AVERAGE,
        *,
        preprocessing: Preprocessing | None = None,
        mirrored: bool = False,
        shift: tuple[float, float] = (0.0, 0.0),
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Features:
        """The features of pictures: those that are kept are read, the others computed and kept.

        Whatever interrupts it, what was computed up to two seconds before is not computed again.

        Args:
            classifier: the network
            census: which knows the pictures' contents and sizes
            samples: pictures of the census
            pool: what is kept of their maps
            preprocessing: how they become inputs; default as the network's own spec says
            mirrored: show them to the network the other way round
            shift: and moved by these parts of their width and height (View)
            workers: threads that decode and run; default all cores that this process may use
            progress: called with pictures done, which those kept are from the start, and in all

        Raises:
            DatasetError: more than the cache may hold, no room, or a picture that changed since the census
            BundleError: the network gives no feature maps
            InferenceError: the network's answer is no answer
        """
        work = FeatureRun(classifier, preprocessing or classifier.spec.preprocessing, pool, View(mirrored, shift))
        wanted = {bytes.fromhex(census.sha256[sample.path]): sample for sample in samples}
        self._check_size(sum(work.floats(census.sizes[one.path]) for one in wanted.values()) * FLOAT, len(wanted), pool)
        for _ in range(ATTEMPTS):
            with FeatureStore(self.folder, self.limit_bytes, work.kind) as store:
                found = store.find(list(wanted))
                if len(found) < len(wanted) and pool is not Pool.MAPS:
                    found |= self._from_maps(work, store, [content for content in wanted if content not in found])
                missing = {content: sample for content, sample in wanted.items() if content not in found}
                if missing:
                    size = sum(work.floats(census.sizes[one.path]) for one in missing.values()) * FLOAT
                    self._check_disk(size, store.room())
                    computed = work.run(missing, census, workers or usable_cores())
                    store.add(_watched(computed, len(wanted), len(found), progress))
                    found |= store.find(list(missing))
                elif progress:
                    progress(len(wanted), len(wanted))
                if len(found) == len(wanted):
                    records = [found[bytes.fromhex(census.sha256[sample.path])] for sample in samples]
                    return Features(records, store.release(), pool, self.folder)
        raise DatasetError(f"{self.folder}: files vanish while they are being used; keep others from deleting them.")

    def _from_maps(self, work: FeatureRun, store: FeatureStore, missing: Sequence[bytes]) -> dict[bytes, Record]:
        """Pool maps that are kept, rather than run the network again."""
        with FeatureStore(self.folder, self.limit_bytes, replace(work, pool=Pool.MAPS).kind) as maps:
            kept = maps.find(missing)
            floats = {number: segment.floats() for number, segment in maps.segments.items()}
            store.add(
                (content, pooled(work.pool, record.array(floats[record.segment])[None])[0])
                for content, record in kept.items()
            )
        return store.find(list(kept))

    def _check_size(self, size: int, count: int, pool: Pool) -> None:
        if size > self.limit_bytes:
            otherwise = " or take a head that pools" if pool is Pool.MAPS else ""
            raise DatasetError(
                f"The features of {counted(count, 'picture')} take {size / 1e9:.3g} GB, and at most "
                f"{self.limit_bytes / 1e9:.3g} GB may be kept; raise {LIMIT_SETTING}{otherwise}."
            )

    def _check_disk(self, size: int, room: int) -> None:
        if size > room:
            raise DatasetError(
                f"{self.folder}: the features take {size / 1e9:.3g} GB, and the disk has room for {room / 1e9:.3g} GB; "
                "make room there."
            )


def _watched(
    computed: Iterator[tuple[bytes, Array]], total: int, done: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[bytes, Array]]:
    for number, one in enumerate(computed, start=done + 1):
        yield one
        if progress:
            progress(number, total)
