import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import features as features_module
from model.cam import Array
from model.census import Census, take_census
from model.classifier import Classifier
from model.dataset import read_dataset
from model.errors import BundleError, DatasetError
from model.feature_run import View
from model.feature_store import INDEX, FeatureStore
from model.features import FeatureCache
from model.photos import Photo, read_photo
from model.preprocess import input_size, prepare
from model.spec import Pool
from tests.bundles import make_bundle
from tests.pictures import encoded

MB = 10**6
CHANNELS = 5
VECTOR = 4 * CHANNELS


def fill(root: Path, count: int = 6, seed: int = 0) -> Path:
    """Two classes of noise in several shapes."""
    rng = np.random.default_rng(seed)
    for label in ("a", "b"):
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = rng.integers(0, 256, (48 + 16 * (number % 3), 64, 3), dtype=np.uint8)
            (root / label / f"{number}.png").write_bytes(encoded(Image.fromarray(noise), "PNG"))
    return root


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Census:
    return take_census(read_dataset(fill(tmp_path_factory.mktemp("pictures"))))


class Counting(Classifier):
    """The tiny bundle; counts the pictures that the network is run on."""

    runs = 0

    def features(self, batch: Array) -> Array:
        self.runs += len(batch)
        return super().features(batch)


@pytest.fixture
def counting(bundle_path: Path) -> Counting:
    return Counting.open(bundle_path, threads=1)


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache", MB)


def expected(classifier: Classifier, census: Census, view: View | None = None) -> list[Array]:
    """Every picture's maps, each alone."""
    preprocessing = classifier.spec.preprocessing
    found = []
    for sample in census.dataset.samples:
        photo = read_photo(sample.path.read_bytes())
        size = input_size(preprocessing, photo.width, photo.height)
        found.append(classifier.features(prepare((view or View()).of(photo), preprocessing, size)[None])[0])
    return found


@pytest.mark.parametrize("pool", list(Pool))
def test_features_are_what_the_network_makes_of_each_picture(
    cache: FeatureCache, counting: Counting, census: Census, pool: Pool
) -> None:
    reduce = {Pool.AVERAGE: np.mean, Pool.SUM: np.sum, Pool.MAXIMUM: np.max}
    with cache.compute(counting, census, census.dataset.samples, pool) as features:
        assert len(features) == len(census.dataset.samples)
        assert features.channels == CHANNELS
        for index, maps in enumerate(expected(counting, census)):
            wanted = maps if pool is Pool.MAPS else reduce[pool](maps, axis=(1, 2))
            assert features.shape(index) == wanted.shape
            np.testing.assert_allclose(features.pooled(index), wanted, rtol=1e-5, atol=1e-6)


def test_the_matrix_has_a_row_for_each_picture_in_their_order(
    cache: FeatureCache, counting: Counting, census: Census
) -> None:
    samples = census.dataset.samples
    with cache.compute(counting, census, samples) as features:
        straight = features.matrix()
    with cache.compute(counting, census, samples[::-1]) as features:
        backwards = features.matrix()
    with cache.compute(counting, census, (*samples[:2], samples[0])) as features:
        repeated = features.matrix()
    assert counting.runs == len(samples)
    np.testing.assert_array_equal(straight, backwards[::-1])
    np.testing.assert_array_equal(straight[[0, 1, 0]], repeated)
    for matrix in (straight, backwards):
        assert matrix.dtype == np.float32
        assert not matrix.flags.writeable
    assert not straight.flags.owndata  # straight from the file


def test_a_large_matrix_is_lined_up_on_the_disk(
    cache: FeatureCache, counting: Counting, census: Census, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features_module, "IN_MEMORY_BYTES", 0)
    with cache.compute(counting, census, census.dataset.samples) as features:
        straight = features.matrix()
    with cache.compute(counting, census, census.dataset.samples[::-1]) as features:
        matrix = features.matrix()
    assert isinstance(matrix, np.memmap)
    np.testing.assert_array_equal(matrix[::-1], straight)
    assert len(list(cache.folder.iterdir())) == 2  # the index and one file


def test_whole_maps_make_no_matrix(cache: FeatureCache, counting: Counting, census: Census) -> None:
    with (
        cache.compute(counting, census, census.dataset.samples, Pool.MAPS) as features,
        pytest.raises(ValueError, match="maps"),
    ):
        features.matrix()


def test_what_is_kept_is_not_computed_again(cache: FeatureCache, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples
    cache.compute(counting, census, samples[:4]).close()
    assert counting.runs == 4
    cache.compute(counting, census, samples[:4]).close()
    assert counting.runs == 4
    FeatureCache(cache.folder, MB).compute(counting, census, samples).close()
    assert counting.runs == len(samples)


def test_kept_maps_are_pooled_without_the_network(cache: FeatureCache, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples
    cache.compute(counting, census, samples[:-1], Pool.MAPS).close()
    for pool in (Pool.AVERAGE, Pool.SUM, Pool.MAXIMUM):
        counting.runs = 0
        with cache.compute(counting, census, samples, pool) as pooled:
            assert counting.runs == 1
            other = FeatureCache(cache.folder.parent / "other", MB)
            with other.compute(counting, census, samples, pool) as fresh:
                np.testing.assert_allclose(pooled.matrix(), fresh.matrix(), rtol=1e-6)


def test_the_same_content_under_two_names_is_computed_once(
    tmp_path: Path, cache: FeatureCache, counting: Counting
) -> None:
    root = fill(tmp_path / "data", 3)
    (root / "a" / "again.png").write_bytes((root / "a" / "0.png").read_bytes())
    census = take_census(read_dataset(root))
    cache.compute(counting, census, census.dataset.samples).close()
    assert counting.runs == 6


def test_all_that_changes_the_numbers_is_part_of_the_key(
    tmp_path: Path, cache: FeatureCache, counting: Counting, census: Census
) -> None:
    samples = census.dataset.samples[:1]
    ways = [
        {},
        {"pool": Pool.MAXIMUM},
        {"mirrored": True},
        {"shift": (0.25, 0.0)},
        {"preprocessing": counting.spec.preprocessing.model_copy(update={"base_side": 64})},
    ]
    for _ in range(2):
        for way in ways:
            cache.compute(counting, census, samples, **way).close()
    assert counting.runs == len(ways)
    other = Counting.open(make_bundle(tmp_path, name="other"), threads=1)
    cache.compute(other, census, samples).close()
    assert other.runs == 1


def test_views_are_computed_as_seen(cache: FeatureCache, counting: Counting, census: Census) -> None:
    for view in (View(mirrored=True), View(shift=(0.25, -0.125)), View(True, (0.1, 0.2))):
        options = {"mirrored": view.mirrored, "shift": view.shift}
        with cache.compute(counting, census, census.dataset.samples, Pool.MAPS, **options) as features:
            for index, maps in enumerate(expected(counting, census, view)):
                np.testing.assert_allclose(features.pooled(index), maps, rtol=1e-5, atol=1e-6)


def test_a_shift_moves_the_content_and_mirrors_it_into_what_is_uncovered() -> None:
    pixels = np.arange(8 * 4 * 3, dtype=np.uint8).reshape(4, 8, 3)
    photo = Photo(pixels, "PNG")
    moved = View(shift=(0.25, 0)).of(photo).pixels
    np.testing.assert_array_equal(moved[:, 2:], pixels[:, :-2])
    np.testing.assert_array_equal(moved[:, :2], pixels[:, [1, 0]])
    moved = View(shift=(-0.25, 0.5)).of(photo).pixels
    np.testing.assert_array_equal(moved[2:, :-2], pixels[:-2, 2:])
    np.testing.assert_array_equal(moved[:2, -2:], pixels[[1, 0]][:, [7, 6]])
    np.testing.assert_array_equal(View(True).of(photo).pixels, pixels[:, ::-1])
    assert View().of(photo) is photo


def test_progress_starts_with_what_is_kept(cache: FeatureCache, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples
    told: list[tuple[int, int]] = []
    cache.compute(counting, census, samples[:3]).close()
    cache.compute(counting, census, samples, progress=lambda *one: told.append(one)).close()
    assert told == [(done, len(samples)) for done in range(4, len(samples) + 1)]
    told.clear()
    cache.compute(counting, census, samples, progress=lambda *one: told.append(one)).close()
    assert told == [(len(samples), len(samples))]


@pytest.mark.parametrize("most", [1, 4])
def test_pictures_of_one_shape_may_share_a_pass(
    tmp_path: Path, counting: Counting, census: Census, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counting, "provider", "SomeAccelerator")
    monkeypatch.setattr("model.feature_run.ACCELERATED_BATCH", most)
    with FeatureCache(tmp_path, MB).compute(counting, census, census.dataset.samples, workers=3) as features:
        for index, maps in enumerate(expected(counting, census)):
            np.testing.assert_allclose(features.pooled(index), maps.mean((1, 2)), rtol=1e-5, atol=1e-6)


def test_more_than_may_be_kept_is_refused_before_any_work(tmp_path: Path, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples
    exactly = FeatureCache(tmp_path, VECTOR * len(samples))
    with pytest.raises(DatasetError, match=r"take .* GB, and at most .* raise CAMSCOPE_FEATURE_CACHE_GB\.$"):
        FeatureCache(tmp_path, VECTOR * len(samples) - 1).compute(counting, census, samples)
    with pytest.raises(DatasetError, match="raise CAMSCOPE_FEATURE_CACHE_GB or take a head that pools"):
        exactly.compute(counting, census, samples, Pool.MAPS)
    assert counting.runs == 0
    exactly.compute(counting, census, samples).close()


def test_a_full_disk_is_said_before_any_work(
    cache: FeatureCache, counting: Counting, census: Census, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(DatasetError, match="the disk has room for 1e-08 GB; make room there"):
        cache.compute(counting, census, census.dataset.samples)
    assert counting.runs == 0


def test_a_disk_that_fills_up_makes_old_features_give_way(
    tmp_path: Path, counting: Counting, census: Census, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = census.dataset.samples[:4]
    cache = FeatureCache(tmp_path, MB)
    cache.compute(counting, census, samples).close()
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    cache.compute(counting, census, samples, mirrored=True).close()
    assert [path.stat().st_size for path in tmp_path.glob("*.f32")] == [VECTOR * len(samples)]


def test_the_least_recently_used_gives_way(tmp_path: Path, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples[:4]
    cache = FeatureCache(tmp_path, 2 * VECTOR * len(samples))
    first, second, third = ({"shift": (share, 0.0)} for share in (0.1, 0.2, 0.3))
    for way in (first, second, first, third):
        cache.compute(counting, census, samples, **way).close()
    assert counting.runs == 3 * len(samples)
    cache.compute(counting, census, samples, **first).close()
    assert counting.runs == 3 * len(samples)
    cache.compute(counting, census, samples, **second).close()
    assert counting.runs == 4 * len(samples)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.f32")) <= cache.limit_bytes


def test_what_is_in_use_does_not_give_way(tmp_path: Path, counting: Counting, census: Census) -> None:
    samples = census.dataset.samples[:4]
    cache = FeatureCache(tmp_path, VECTOR * len(samples))
    with cache.compute(counting, census, samples) as features:
        with pytest.raises(DatasetError, match="wait until other trainings are over"):
            cache.compute(counting, census, samples, Pool.MAXIMUM)
        assert features.pooled(0).any()
    cache.compute(counting, census, samples, Pool.MAXIMUM).close()


def test_what_is_open_outlives_its_files(cache: FeatureCache, counting: Counting, census: Census) -> None:
    with cache.compute(counting, census, census.dataset.samples) as features:
        before = np.array(features.matrix())
        for path in cache.folder.glob("*.f32"):
            path.unlink()
        np.testing.assert_array_equal(features.matrix(), before)


@pytest.mark.parametrize("harm", ["delete", "cut"])
def test_files_that_are_gone_or_cut_are_computed_again(
    cache: FeatureCache, counting: Counting, census: Census, harm: str
) -> None:
    samples = census.dataset.samples
    with cache.compute(counting, census, samples) as features:
        before = np.array(features.matrix())
    [path] = cache.folder.glob("*.f32")
    if harm == "delete":
        path.unlink()
    else:
        os.truncate(path, 3 * VECTOR)
    with cache.compute(counting, census, samples) as features:
        np.testing.assert_array_equal(features.matrix(), before)
    assert counting.runs == (2 * len(samples) if harm == "delete" else 2 * len(samples) - 3)


def test_a_damaged_index_is_named_with_what_to_do(cache: FeatureCache, counting: Counting, census: Census) -> None:
    cache.folder.mkdir()
    (cache.folder / INDEX).write_bytes(b"no database" * 1000)
    with pytest.raises(DatasetError, match=r"is damaged .*; delete its folder, it is made again"):
        cache.compute(counting, census, census.dataset.samples)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path, counting: Counting, census: Census) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatasetError, match="file/cache: the features cannot be kept here"):
        FeatureCache(tmp_path / "file" / "cache", MB).compute(counting, census, census.dataset.samples)


def test_a_picture_that_changed_since_the_census_is_refused(
    tmp_path: Path, cache: FeatureCache, counting: Counting
) -> None:
    census = take_census(read_dataset(fill(tmp_path / "data", 2)))
    [path, *_] = [sample.path for sample in census.dataset.samples]
    path.write_bytes(encoded(Image.new("RGB", (64, 64), "red"), "PNG"))
    with pytest.raises(DatasetError, match="has changed since the pictures were counted; start again"):
        cache.compute(counting, census, census.dataset.samples)
    path.unlink()
    with pytest.raises(DatasetError, match="cannot be read any more: No such file"):
        cache.compute(counting, census, census.dataset.samples)


def test_a_head_without_maps_gives_no_features(tmp_path: Path, cache: FeatureCache, census: Census) -> None:
    connected = Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)
    with pytest.raises(BundleError, match="'fc' head gives no feature maps"):
        cache.compute(connected, census, census.dataset.samples)


def test_an_interruption_keeps_what_was_computed(cache: FeatureCache, counting: Counting, census: Census) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.compute(counting, census, census.dataset.samples, workers=1, progress=stop)
    ran = counting.runs
    cache.compute(counting, census, census.dataset.samples).close()
    assert counting.runs == ran + len(census.dataset.samples) - 5


def test_what_a_killed_process_left_half_written_is_not_seen_and_goes(tmp_path: Path) -> None:
    vector = np.arange(4, dtype=np.float32)
    with FeatureStore(tmp_path, MB, "kind") as store:
        store.add([(b"one", vector)])
        [path] = tmp_path.glob("*.f32")
    with path.open("ab") as stream:
        stream.write(b"half a rec")
    orphan = tmp_path / "orphan.f32"
    orphan.write_bytes(b"x" * 100)
    young = tmp_path / "young.f32"
    young.write_bytes(b"x" * 100)
    os.utime(orphan, (0, 0))
    with FeatureStore(tmp_path, MB, "kind") as store:
        record = store.find([b"one", b"two"])
        assert set(record) == {b"one"}
        np.testing.assert_array_equal(store.release()[record[b"one"].segment].floats()[:4], vector)
    assert not orphan.exists()
    assert young.exists()


KILLED = """
    import sys, time
    from pathlib import Path
    from model.census import take_census
    from model.classifier import Classifier
    from model.dataset import read_dataset
    from model import feature_store
    from model.features import FeatureCache
    from model.spec import Pool

    feature_store.FLUSH_SECONDS = 0
    classifier = Classifier.open(Path(sys.argv[1]), threads=1)
    census = take_census(read_dataset(Path(sys.argv[2])))
    def progress(done, total):
        print(done, flush=True)
        time.sleep(float(sys.argv[4]))
    with FeatureCache(Path(sys.argv[3]), 10**6).compute(
        classifier, census, census.dataset.samples, Pool.MAPS, progress=progress
    ) as features:
        print("complete", float(sum(features.pooled(i).sum() for i in range(len(features)))), flush=True)
"""


def start(bundle: Path, data: Path, cache: Path, wait: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(bundle), str(data), str(cache), str(wait)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_where_it_was(tmp_path: Path, bundle_path: Path, counting: Counting) -> None:
    data = fill(tmp_path / "data", 20)
    census = take_census(read_dataset(data))
    for stop_at in (1, 7, 15):
        with start(bundle_path, data, tmp_path / "cache", 0.01) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) >= stop_at:
                    process.send_signal(signal.SIGKILL)
                    break
    with FeatureCache(tmp_path / "cache", MB).compute(counting, census, census.dataset.samples, Pool.MAPS) as features:
        assert 0 < counting.runs < 40 - 15 + 1
        for index, maps in enumerate(expected(counting, census)):
            np.testing.assert_allclose(features.pooled(index), maps, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_two_processes_may_compute_at_once(tmp_path: Path, bundle_path: Path, counting: Counting) -> None:
    data = fill(tmp_path / "data", 20)
    processes = [start(bundle_path, data, tmp_path / "cache", 0) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    sums = {output.splitlines()[-1] for output in outputs}
    assert len(sums) == 1
    assert sums.pop().startswith("complete")
    census = take_census(read_dataset(data))
    FeatureCache(tmp_path / "cache", MB).compute(counting, census, census.dataset.samples, Pool.MAPS).close()
    assert counting.runs == 0
