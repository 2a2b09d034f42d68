from pathlib import Path

import pytest

from app import layout
from app.config import Settings
from app.layout import Layout, plan, side_by_side


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "usable_cores", lambda: 4)


def chosen(**values: object) -> Settings:
    return Settings(data_dir=Path("/data"), **values)  # type: ignore[arg-type]


def test_every_core_has_a_pass_and_a_photo_shares_it_with_nobody_until_that_is_known_to_pay() -> None:
    assert plan(chosen()) == Layout(workers=4, batch_max=1, max_pixels=300_000, wait_s=0)


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (3, 3), (8, 8), (16, 8)])
def test_passes_side_by_side(cores: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "usable_cores", lambda: cores)
    assert side_by_side(chosen()) == workers


def test_passes_side_by_side_have_no_more_threads_than_were_allowed() -> None:
    assert plan(chosen(inference_threads=1)).workers == 1
    assert side_by_side(chosen(inference_threads=3)) == 3
    assert side_by_side(chosen(inference_threads=16)) == 4


@pytest.mark.parametrize(("workers", "batch_max", "photos"), [(1, 0, 2), (2, 0, 2), (4, 0, 4), (1, 5, 5), (2, 8, 16)])
def test_there_is_room_for_the_batches_that_are_asked_for_or_tried(workers: int, batch_max: int, photos: int) -> None:
    assert plan(chosen(inference_workers=workers, batch_max=batch_max)).max_pixels == photos * 75_000


def test_many_cores_are_shared_by_fewer_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "usable_cores", lambda: 64)
    assert side_by_side(chosen()) == 8
    assert plan(chosen()).max_pixels == 8 * 75_000


def test_a_gpu_takes_larger_batches_and_few_passes() -> None:
    found = plan(chosen(), "CUDAExecutionProvider")
    assert found.workers == 2
    assert found.batch_max > 1
    assert found.max_pixels > plan(chosen()).max_pixels


@pytest.mark.parametrize("provider", ["CPUExecutionProvider", "CUDAExecutionProvider"])
def test_what_was_chosen_holds(provider: str) -> None:
    wanted = chosen(inference_workers=3, batch_max=5, inference_megapixels=0.25, batch_wait_ms=2)
    assert plan(wanted, provider) == Layout(3, 5, 250_000, 0.002)
    assert side_by_side(wanted) == 3


def test_the_smallest_budget_is_a_pixel() -> None:
    assert plan(chosen(inference_megapixels=1e-9)).max_pixels == 1
