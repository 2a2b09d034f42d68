"""The whole photo, at a size the network takes."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.photos import Photo
from model.preprocess import input_size, prepare, stretch
from model.spec import Interpolation, Preprocessing

PLAIN = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("photo", "scale", "size"),
    [
        ((500, 375), 1, (288, 224)),
        ((451, 300), 1, (320, 224)),
        ((300, 451), 1, (224, 320)),
        ((224, 224), 1, (256, 256)),
        ((1, 1), 1, (256, 256)),
        ((65500, 1), 1, (1024, 32)),
        ((1, 65500), 1, (32, 1024)),
        ((65500, 1), 3, (3072, 32)),
        ((500, 375), 1.5, (448, 320)),
        ((500, 375), 2, (576, 448)),
        ((500, 375), 3, (896, 672)),
    ],
)
def test_the_input_has_the_photos_shape_and_about_the_area_of_the_scale(
    photo: tuple[int, int], scale: float, size: tuple[int, int]
) -> None:
    assert input_size(PLAIN, *photo, scale) == size


@given(st.integers(1, 65500), st.integers(1, 65500), st.sampled_from([1, 1.5, 2, 3]))
def test_every_side_is_one_the_network_takes(width: int, height: int, scale: float) -> None:
    rules = Preprocessing(mean=(0, 0, 0), std=(1, 1, 1), multiple=16, min_side=75, max_side=500)
    for side in input_size(rules, width, height, scale):
        assert side % 16 == 0
        assert 75 <= side <= 500 * scale


def test_a_fixed_size_is_kept_for_every_photo_and_scale() -> None:
    rules = Preprocessing(mean=(0, 0, 0), std=(1, 1, 1), fixed_size=(224, 192))
    assert input_size(rules, 5000, 10, 3) == (224, 192)


def test_the_stretch_is_the_part_by_which_the_shape_changed() -> None:
    assert stretch((500, 375), (288, 224)) == pytest.approx(0.036, abs=5e-4)
    assert stretch((375, 500), (224, 288)) == pytest.approx(0.036, abs=5e-4)
    assert stretch((100, 100), (256, 256)) == 0


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_nothing_of_the_photo_is_cropped_away(interpolation: Interpolation) -> None:
    pixels = np.zeros((300, 400, 3), dtype=np.uint8)
    pixels[:30, :40] = pixels[-30:, -40:] = 255
    rules = Preprocessing(mean=(0, 0, 0), std=(1, 1, 1), interpolation=interpolation)
    prepared = prepare(Photo(pixels, "PNG"), rules, (128, 96))
    assert prepared.shape == (96, 128, 3)
    assert prepared.dtype == np.uint8
    assert prepared[2, 2].min() > 250
    assert prepared[-3, -3].min() > 250
    assert prepared[48, 64].max() < 5


def test_photos_are_resized_as_pillow_does_antialiased() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    wanted = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(prepare(Photo(pixels, "PNG"), PLAIN, (32, 32)), wanted)


def test_a_resize_by_two_threads_gives_the_same_pixels() -> None:
    generator = np.random.default_rng(8)
    for _ in range(20):
        height, width = generator.integers(40, 300, 2)
        photo = Photo(generator.integers(0, 256, (height, width, 3), dtype=np.uint8), "PNG")
        np.testing.assert_array_equal(
            prepare(photo, PLAIN, (96, 64), alone=True), prepare(photo, PLAIN, (96, 64), alone=False)
        )


def test_halves_meet_where_the_whole_would_be() -> None:
    slope = np.linspace(0, 255, 375).astype(np.uint8)
    pixels = np.broadcast_to(slope[:, None, None], (375, 500, 3)).copy()
    whole = np.asarray(Image.fromarray(pixels).resize((288, 224), Image.Resampling.BICUBIC))
    rules = PLAIN.model_copy(update={"interpolation": Interpolation.BICUBIC})
    halves = prepare(Photo(pixels, "PNG"), rules, (288, 224))
    assert np.abs(halves.astype(int) - whole).max() <= 1


RESIZE = """
import os, sys, threading, time
import numpy as np
from model import preprocess
from model.photos import Photo
from model.spec import Preprocessing

rules = Preprocessing(mean=(0, 0, 0), std=(1, 1, 1))
photo = Photo(np.arange(300 * 400 * 3, dtype=np.uint8).reshape(300, 400, 3), "PNG")
wanted = preprocess.prepare(photo, rules, (128, 96), alone=True)
"""
FORKED = """
child = os.fork()
if not child:
    assert np.array_equal(preprocess.prepare(photo, rules, (128, 96), alone=True), wanted)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
ENDING = """
def late():
    threading.main_thread().join()
    time.sleep(0.05)
    assert np.array_equal(preprocess.prepare(photo, rules, (128, 96), alone=True), wanted)
    print("resized", flush=True)

threading.Thread(target=late).start()
"""


@pytest.mark.parametrize(("rest", "said"), [(FORKED, ""), (ENDING, "resized\n")])
def test_photos_are_resized_in_a_forked_process_and_while_the_program_ends(rest: str, said: str) -> None:
    ran = subprocess.run([sys.executable, "-c", RESIZE + rest], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, said), ran.stderr
