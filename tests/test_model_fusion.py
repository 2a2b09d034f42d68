"""Several looks at one photo as one: what is exact, what is averaged, and where mirrored cells lie."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.cam import Array, residual
from model.classifier import Classifier, Explanation
from model.fusion import View, fuse, mirrored_grid, raster, upright
from model.geometry import Grid, peak, place_grid, resize_map
from model.photos import Photo
from model.spec import SCALES, GridGeometry
from tests.bundles import make_bundle
from tests.test_model_cam import EXACT_KINDS

PHOTO = (200, 150)


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0, 5, shape).astype(np.float32)


def view(rows: int, columns: int, *, classes: int = 3, mirrored: bool = False, left: float = 0, seed: int = 0) -> View:
    """A made-up look whose cells cover the photo, but for what is left of `left`."""
    maps, bias = noise(classes, rows, columns, seed=seed), noise(classes, seed=seed + 1)
    logits = (maps.mean(axis=(1, 2), dtype=np.float64) + bias).astype(np.float32)
    grid = Grid(rows, columns, (PHOTO[0] - left) / columns, PHOTO[1] / rows, left, 0)
    return View(1, mirrored, logits, bias, maps, grid)


def by_hand(one: View, x: float, y: float) -> Array:
    """All classes of a view of the photo itself at a place on it, bilinear between cell centres, edges held."""
    assert one.maps is not None
    assert one.grid is not None
    grid = one.grid
    u = min(max((x - grid.left) / grid.cell_width - 0.5, 0), grid.columns - 1)
    v = min(max((y - grid.top) / grid.cell_height - 0.5, 0), grid.rows - 1)
    total = np.zeros(len(one.maps))
    for row in range(grid.rows):
        for column in range(grid.columns):
            total += max(0, 1 - abs(u - column)) * max(0, 1 - abs(v - row)) * one.maps[:, row, column]
    return total.astype(np.float32)


def seen_in_the_mirror(one: View, x: float, y: float) -> Array:
    """A mirrored view at a place on the photo: where that place is in the mirror image."""
    return by_hand(one, PHOTO[0] - x if one.mirrored else x, y)


def test_each_cell_of_the_raster_is_the_mean_of_the_views_at_its_centre() -> None:
    views = [view(3, 4, seed=1), view(3, 4, mirrored=True, left=17, seed=2), view(5, 7, left=-9.5, seed=3)]
    fused = fuse(views, PHOTO)
    assert fused.grid == Grid(5, 7, PHOTO[0] / 7, PHOTO[1] / 5, 0, 0)
    assert fused.maps is not None
    for row in range(5):
        for column in range(7):
            x, y = (column + 0.5) * PHOTO[0] / 7, (row + 0.5) * PHOTO[1] / 5
            wanted = np.mean([seen_in_the_mirror(one, x, y) for one in views], axis=0)
            np.testing.assert_allclose(fused.maps[:, row, column], wanted, atol=1e-4)


def test_logits_and_biases_are_the_means_of_the_views() -> None:
    views = [view(3, 4, seed=seed) for seed in range(5)]
    fused = fuse(views, PHOTO)
    np.testing.assert_allclose(fused.logits, np.mean([one.logits for one in views], axis=0), rtol=1e-6)
    np.testing.assert_allclose(fused.bias, np.mean([one.bias for one in views], axis=0), rtol=1e-6)


def test_the_account_is_exact_where_each_raster_divides_the_finest_one() -> None:
    views = [view(2, 3), view(2, 3, mirrored=True, seed=1), view(4, 6, seed=2), view(8, 12, mirrored=True, seed=3)]
    fused = fuse(views, PHOTO)
    assert fused.maps is not None
    np.testing.assert_allclose(residual(fused.maps, fused.bias, fused.logits), 0, atol=1e-5)


def test_what_resizing_brought_in_is_what_the_mean_of_the_map_says() -> None:
    views = [view(2, 3), view(5, 7, seed=2)]
    fused = fuse(views, PHOTO)
    assert fused.maps is not None
    assert views[0].maps is not None
    off = residual(fused.maps, fused.bias, fused.logits)
    assert np.abs(off).max() > 1e-3
    drawn = np.stack([resize_map(one, views[0].grid, (7, 5), PHOTO) for one in views[0].maps])  # type: ignore[arg-type]
    brought = drawn.mean(axis=(1, 2)) - views[0].maps.mean(axis=(1, 2))
    np.testing.assert_allclose(off, brought / 2, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, -3.25, 1e6])
def test_maps_that_are_the_same_everywhere_fuse_to_the_same(value: float) -> None:
    shapes = [(2, 3, False), (2, 3, True), (5, 7, False), (4, 6, True), (1, 1, True)]
    views = []
    for rows, columns, mirrored in shapes:
        flat = np.full((2, rows, columns), value, np.float32)
        grid = Grid(rows, columns, PHOTO[0] / columns, PHOTO[1] / rows, 3, -2)
        views.append(View(1, mirrored, np.full(2, value, np.float32), np.zeros(2, np.float32), flat, grid))
    fused = fuse(views, PHOTO)
    assert fused.maps is not None
    np.testing.assert_allclose(fused.maps, value, rtol=1e-6)


def test_one_view_alone_is_itself() -> None:
    one = view(3, 4)
    fused = fuse([one], PHOTO)
    assert fused.grid == one.grid
    np.testing.assert_array_equal(fused.maps, one.maps)  # type: ignore[arg-type]
    np.testing.assert_array_equal(fused.logits, one.logits)


def test_a_photo_and_its_mirror_image_fuse_to_a_symmetric_map() -> None:
    one = view(3, 4)
    assert one.maps is not None
    symmetric = fuse([one, View(1, True, one.logits, one.bias, one.maps, one.grid)], PHOTO)
    assert symmetric.maps is not None
    np.testing.assert_allclose(symmetric.maps, symmetric.maps[..., ::-1], atol=1e-6)


@pytest.mark.parametrize("left", [0, 5, -12.5])
@pytest.mark.parametrize("width", [299, 224])
def test_a_mirrored_cell_lies_where_its_input_pixels_are_on_the_photo(left: float, width: int) -> None:
    geometry = GridGeometry(stride_x=32, stride_y=32, left=left, top=3)
    columns = int((width - 2 * max(left, 0)) // 32)
    seen = place_grid(geometry, (5, columns), (width, 224), PHOTO)
    turned = mirrored_grid(seen, PHOTO[0])
    for column in range(columns):
        of_input = left + (column + 0.5) * 32  # of the mirror image
        on_photo = (width - of_input) * PHOTO[0] / width
        assert turned.left + (columns - column - 0.5) * turned.cell_width == pytest.approx(on_photo)
    assert mirrored_grid(turned, PHOTO[0]).left == pytest.approx(seen.left)
    assert (turned.top, turned.rows, turned.cell_height) == (seen.top, seen.rows, seen.cell_height)


def test_the_peak_of_a_mirrored_map_is_across_the_photo() -> None:
    grid = Grid(2, 4, 40, 60, 11, 5)
    maps = np.zeros((1, 2, 4), np.float32)
    maps[0, 1, 0] = 7
    turned = upright(View(1, True, maps[:, 0, 0], maps[:, 0, 0], maps, grid), PHOTO[0])
    assert turned.maps is not None
    assert turned.grid is not None
    there, here = peak(maps[0], grid, PHOTO), peak(turned.maps[0], turned.grid, PHOTO)
    assert (here.x, here.y, here.value) == (PHOTO[0] - there.x, there.y, there.value)


def test_the_raster_has_the_finest_cells_along_each_axis() -> None:
    found = raster([Grid(2, 9, 1, 1, 0, 0), Grid(6, 3, 1, 1, 5, 5)], PHOTO)
    assert found == Grid(6, 9, PHOTO[0] / 9, 25, 0, 0)


def test_many_classes_are_laid_on_the_raster_in_parts_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    views = [view(3, 4, classes=11), view(5, 7, classes=11, mirrored=True, seed=4)]
    whole = fuse(views, PHOTO)
    monkeypatch.setattr("model.fusion.MOST_VALUES", 3 * 35)
    np.testing.assert_array_equal(fuse(views, PHOTO).maps, whole.maps)  # type: ignore[arg-type]


def test_networks_without_maps_fuse_to_scores_alone() -> None:
    views = [View(1, mirrored, noise(3, seed=mirrored), np.zeros(3, np.float32), None, None) for mirrored in (0, 1)]  # type: ignore[arg-type]
    fused = fuse(views, PHOTO)
    assert (fused.maps, fused.grid) == (None, None)
    np.testing.assert_allclose(fused.logits, (views[0].logits + views[1].logits) / 2)


def test_what_cannot_be_fused_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fuse([], PHOTO)
    with pytest.raises(ValueError, match="others have none"):
        fuse([view(2, 2), View(1, False, noise(3), noise(3), None, None)], PHOTO)


def looks(network: Classifier, photo: Photo) -> tuple[list[View], list[Explanation]]:
    """A network's looks at all scales, and at mirror images that were made of the photo itself."""
    mirror = Photo(photo.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG")
    found = []
    for scale in SCALES:
        for mirrored, seen in ((False, photo), (True, mirror)):
            found.append((scale, mirrored, network.explain([seen], scale)[0]))
    views = [
        View(scale, mirrored, one.logits, one.bias, None if one.maps is None else np.asarray(one.maps), one.grid)
        for scale, mirrored, one in found
    ]
    return views, [one for _, _, one in found]


@pytest.mark.parametrize("kind", EXACT_KINDS)
def test_for_every_head_each_view_is_exact_and_the_fused_account_says_how_far_it_is_off(
    tmp_path: Path, kind: str
) -> None:
    network = Classifier.open(make_bundle(tmp_path, kind=kind), 1)
    pixels = np.random.default_rng(3).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    views, _ = looks(network, Photo(pixels, "PNG"))
    for one in views:
        assert one.maps is not None
        np.testing.assert_allclose(residual(one.maps, one.bias, one.logits), 0, atol=1e-3)
    fused = fuse(views, PHOTO)
    assert fused.maps is not None
    brought = []
    for one in views:
        turned = upright(one, PHOTO[0])
        assert turned.maps is not None
        assert turned.grid is not None
        drawn = [resize_map(values, turned.grid, fused.maps.shape[:0:-1], PHOTO) for values in turned.maps]
        brought.append(np.mean(drawn, axis=(1, 2), dtype=np.float64) - turned.maps.mean(axis=(1, 2)))
    off = residual(fused.maps, fused.bias, fused.logits)
    np.testing.assert_allclose(off, np.mean(brought, axis=0), atol=1e-3)
    np.testing.assert_allclose(fused.logits, np.mean([one.logits for one in views], axis=0), rtol=1e-5, atol=1e-6)


def test_fusing_finds_a_thing_where_it_is_whichever_way_round(tmp_path: Path) -> None:
    network = Classifier.open(make_bundle(tmp_path), 1)
    pixels = np.zeros((150, 200, 3), np.uint8)
    pixels[:, :60, 0] = 255
    views, _ = looks(network, Photo(pixels, "PNG"))
    fused = fuse(views, PHOTO)
    assert fused.maps is not None
    assert fused.grid is not None
    red = fused.maps[0].mean(axis=0)
    assert red[: round(0.25 * fused.grid.columns)].min() > red[round(0.4 * fused.grid.columns) :].max() + 1
