"""Pictures to fine-tune on: what is drawn depends on seed, epoch and picture alone; what is broken is replaced."""

import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from model.dataset import Sample
from model.errors import TrainingError
from model.photos import read_photo
from model.plan import Plan
from model.preprocess import input_size, prepare
from model.spec import Interpolation, Preprocessing
from model.training.objective import targets_of
from model.training.order import Draw
from model.training.photo_data import PictureLoaders, Pictures, RandomParts, WholePictures
from tests.pictures import BLUE, GREEN, RED, picture
from tests.shapes import draw_singles

SIDE = 48
PREPROCESSING = Preprocessing(mean=(0, 0, 0), std=(1, 1, 1), multiple=16, base_side=96, min_side=16, max_side=256)
SIZES = ((160, 160), (96, 64), (64, 96), (96, 64), (200, 80))


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """A textured picture and four of one colour and several shapes."""
    contents = [draw_singles("disc", 1)[0].file]
    contents += [picture(colour, size) for colour, size in zip((RED, GREEN, BLUE, RED), SIZES[1:], strict=True)]
    samples = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(content)
        samples.append(Sample(path, path.name, (number % 3,)))
    targets = targets_of(samples, 3)
    sizes = dict(zip((sample.path for sample in samples), SIZES, strict=True))
    return Pictures(tuple(samples), tuple(samples), targets, targets, sizes, None, 50)


def parts(pictures: Pictures, seed: int = 0, preprocessing: Preprocessing = PREPROCESSING) -> RandomParts:
    return RandomParts(pictures, preprocessing, SIDE, seed)


def loaders(pictures: Pictures, world: int = 1, rank: int = 0, **options: object) -> PictureLoaders:
    """Loaders, as Lightning would ask them on a CPU."""
    plan = Plan.model_validate({"data": "x", "out": "y", "batch_size": 2, "workers": 0, **options})
    made = PictureLoaders(pictures, plan, PREPROCESSING, SIDE)
    strategy = SimpleNamespace(root_device=torch.device("cpu"))
    made.trainer = SimpleNamespace(global_rank=rank, world_size=world, strategy=strategy)  # type: ignore[assignment]
    return made


def test_part_depends_on_seed_epoch_and_picture_alone(pictures: Pictures) -> None:
    torch.manual_seed(1)
    first, _ = parts(pictures)[Draw(3, 0)]
    torch.manual_seed(2)
    again = parts(pictures)
    again[Draw(0, 1)]
    assert torch.equal(again[Draw(3, 0)][0], first)
    for other in (again[Draw(4, 0)][0], parts(pictures, seed=1)[Draw(3, 0)][0]):
        assert not torch.equal(other, first)


def test_alike_pictures_show_different_parts(pictures: Pictures) -> None:
    pictures.train[1].path.write_bytes(pictures.train[0].path.read_bytes())
    drawn = parts(pictures)
    assert not torch.equal(drawn[Draw(0, 0)][0], drawn[Draw(0, 1)][0])


def test_torchs_own_generator_is_left_alone(pictures: Pictures) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    parts(pictures)[Draw(0, 0)]
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("interpolation", Interpolation)
def test_part_is_what_the_network_takes(pictures: Pictures, interpolation: Interpolation) -> None:
    changed = PREPROCESSING.model_copy(update={"interpolation": interpolation})
    for index in range(len(SIZES)):
        part, target = parts(pictures, preprocessing=changed)[Draw(0, index)]
        assert (part.shape, part.dtype) == ((SIDE, SIDE, 3), torch.uint8)
        assert part.is_contiguous()
        assert torch.equal(target, pictures.train_targets[index])


def test_colours_stay_near_those_of_the_picture(pictures: Pictures) -> None:
    for epoch in range(8):
        part = parts(pictures)[Draw(epoch, 1)][0].float().mean((0, 1))
        assert part.argmax() == 0
        assert part[0] == pytest.approx(RED[0], rel=0.45)


def test_parts_are_mirrored_about_half_the_time(pictures: Pictures) -> None:
    ramp = np.zeros((64, 64, 3), np.uint8)
    ramp[:, :, :] = np.arange(64, dtype=np.uint8)[None, :, None] * 3
    Image.fromarray(ramp).save(pictures.train[0].path, "PNG")
    drawn = [parts(pictures)[Draw(epoch, 0)][0].float().mean((0, 2)) for epoch in range(60)]
    rising = sum(bool(row[-1] > row[0]) for row in drawn)
    assert 18 <= rising <= 42


@pytest.mark.slow
def test_epochs_are_alike_however_many_processes_read(pictures: Pictures) -> None:
    def epoch(workers: int) -> list[tuple[Tensor, Tensor]]:
        loader = loaders(pictures, workers=workers).train_dataloader()
        loader.sampler.set_epoch(2)  # type: ignore[attr-defined]  # as Lightning does
        return [(inputs.clone(), targets.clone()) for inputs, targets in loader]

    alone, several = epoch(0), epoch(2)
    assert len(alone) == len(several) == 2
    for one, other in zip(alone, several, strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@pytest.mark.parametrize("damage", [b"", b"nothing", None])
def test_broken_picture_is_named_and_another_stands_in(
    pictures: Pictures, damage: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    expected, target = parts(pictures)[Draw(1, 2)]
    broken = pictures.train[1].path
    broken.unlink()
    if damage is not None:
        broken.write_bytes(damage)
    with caplog.at_level(logging.WARNING, "camscope.training"):
        part, label = parts(pictures)[Draw(1, 1)]
    assert torch.equal(part, expected)
    assert torch.equal(label, target)
    assert "1.jpg" in caplog.text


def test_last_picture_is_replaced_by_the_first(pictures: Pictures) -> None:
    expected, _ = parts(pictures)[Draw(1, 0)]
    pictures.train[4].path.unlink()
    assert torch.equal(parts(pictures)[Draw(1, 4)][0], expected)


def test_no_picture_left_is_an_error(pictures: Pictures) -> None:
    for sample in pictures.train:
        sample.path.unlink()
    with pytest.raises(TrainingError, match="none of the training pictures"):
        parts(pictures)[Draw(0, 0)]


def test_whole_pictures_are_what_serving_shows_the_network(pictures: Pictures) -> None:
    whole = WholePictures(pictures, PREPROCESSING)
    assert len(whole) == len(SIZES)
    for index, sample in enumerate(pictures.held_out):
        photo = read_photo(sample.path.read_bytes(), 50)
        size = input_size(PREPROCESSING, photo.width, photo.height)
        pixels, target = whole[index]
        np.testing.assert_array_equal(pixels.numpy(), prepare(photo, PREPROCESSING, size))
        assert whole.shape(index) == size == (pixels.shape[1], pixels.shape[0])
        assert torch.equal(target, pictures.held_out_targets[index])


def test_broken_picture_is_judged_as_black_of_its_size(pictures: Pictures, caplog: pytest.LogCaptureFixture) -> None:
    whole = WholePictures(pictures, PREPROCESSING)
    before = whole[4][0].shape
    pictures.held_out[4].path.write_bytes(b"nothing")
    with caplog.at_level(logging.WARNING, "camscope.training"):
        pixels, target = whole[4]
    assert pixels.shape == before
    assert not pixels.any()
    assert torch.equal(target, pictures.held_out_targets[4])
    assert "4.jpg" in caplog.text


def test_larger_pictures_than_allowed_are_not_decoded(pictures: Pictures) -> None:
    pictures = Pictures(**{**vars(pictures), "max_megapixels": 0.01})
    whole = WholePictures(pictures, PREPROCESSING)
    assert not whole[0][0].any()
    assert whole[1][0].any()


def test_held_out_batches_hold_one_shape_and_every_picture_once(pictures: Pictures) -> None:
    batches = list(loaders(pictures).val_dataloader())
    assert sorted(len(targets) for _, targets in batches) == [1, 1, 1, 2]
    assert torch.equal(sum(targets.sum(0) for _, targets in batches), pictures.held_out_targets.sum(0))


@pytest.mark.parametrize(("batch_size", "expected"), [(1, [1] * 5), (2, [2, 2]), (5, [5]), (8, [5])])
def test_last_batch_is_left_out_where_it_is_not_full(pictures: Pictures, batch_size: int, expected: list[int]) -> None:
    loader = loaders(pictures, batch_size=batch_size).train_dataloader()
    assert [len(targets) for _, targets in loader] == expected
    assert len(loader) == len(expected)


def test_processes_share_the_training_pictures(pictures: Pictures) -> None:
    shares = [loaders(pictures, world=2, rank=rank).train_dataloader() for rank in range(2)]
    drawn = [{draw.picture for draw in loader.sampler} for loader in shares]
    assert [len(share) for share in drawn] == [2, 2]
    assert not drawn[0] & drawn[1]


def test_weights_decide_how_often_a_picture_is_drawn(pictures: Pictures) -> None:
    weights = torch.tensor([0.0, 0, 1, 0, 0])
    loader = loaders(Pictures(**{**vars(pictures), "weights": weights})).train_dataloader()
    assert [draw.picture for draw in loader.sampler] == [2] * 5


def test_loaders_belong_to_a_fit(pictures: Pictures) -> None:
    plan = Plan(data=Path("x"), out=Path("y"))
    with pytest.raises(RuntimeError, match="outside a fit"):
        PictureLoaders(pictures, plan, PREPROCESSING, SIDE).train_dataloader()
