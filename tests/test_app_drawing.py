import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app import explanations
from model.geometry import Grid
from model.photos import read_photo
from model.rendering import Mode, Style, colour_map, legend, overlay, tables
from tests.pictures import halves

EXPLANATIONS = "/api/v1/explanations"


@pytest.fixture
def explained(client: TestClient) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.png", halves())}).json()


def drawn(client: TestClient, explained: Any, **query: Any) -> Any:
    answer = client.get(f"{EXPLANATIONS}/{explained['id']}/heatmap.png", params={"class": 0, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def numbers(client: TestClient, explained: Any) -> tuple[Any, Grid, Any]:
    cams = np.load(io.BytesIO(client.get(explained["cams_url"]).content))
    photo = read_photo(client.get(explained["image"]["url"]).content).pixels
    return cams, Grid(**explained["grid"]), photo


def test_the_picture_is_what_the_model_package_draws(client: TestClient, explained: Any) -> None:
    cams, grid, photo = numbers(client, explained)
    size = photo.shape[1], photo.shape[0]
    style = Style(Mode.POSITIVE, "inferno", 0.5, 0.3, smooth=False)
    query = {"mode": "positive", "colormap": "inferno", "opacity": 0.5, "threshold": 0.3, "smooth": "false"}
    assert np.array_equal(drawn(client, explained, legend="false", **query), overlay(photo, cams[0], grid, style, size))
    alone = drawn(client, explained, legend="false", overlay="false", **query)
    assert np.array_equal(alone, colour_map(cams[0], grid, style, size, size))


def test_against_the_runner_up_draws_the_difference(client: TestClient, explained: Any) -> None:
    cams, grid, photo = numbers(client, explained)
    expected = overlay(photo, cams[0] - cams[2], grid, Style(), (photo.shape[1], photo.shape[0]))
    assert np.array_equal(drawn(client, explained, versus=2, legend="false"), expected)


@pytest.mark.parametrize("alone", [True, False])
def test_a_limit_makes_pictures_comparable(client: TestClient, explained: Any, alone: bool) -> None:
    cams, grid, photo = numbers(client, explained)
    size, full = (photo.shape[1], photo.shape[0]), 7.25
    over = "false" if alone else "true"
    shown = drawn(client, explained, limit=full, overlay=over)
    map_alone = colour_map(cams[0], grid, Style(), size, size, full)
    assert np.array_equal(shown[: size[1]], map_alone if alone else overlay(photo, cams[0], grid, Style(), size, full))
    assert np.array_equal(shown[size[1] :, :, :3], legend(Style(), full, size[0]))
    assert not np.array_equal(shown, drawn(client, explained, overlay=over))


@pytest.mark.parametrize("alone", [True, False])
def test_the_legend_is_below(client: TestClient, explained: Any, alone: bool) -> None:
    over = "false" if alone else "true"
    bare, full = drawn(client, explained, overlay=over, legend="false"), drawn(client, explained, overlay=over)
    assert np.array_equal(full[: bare.shape[0]], bare)
    cams, _, _ = numbers(client, explained)
    strip = legend(Style(), float(np.abs(cams[0]).max()), bare.shape[1])
    assert np.array_equal(full[bare.shape[0] :, :, :3], strip)


def test_width_makes_it_smaller_never_larger(client: TestClient, explained: Any) -> None:
    assert drawn(client, explained, width=64, legend="false").shape == (32, 64, 3)
    assert drawn(client, explained, width=4096, legend="false").shape == (96, 192, 3)


@pytest.mark.parametrize(
    "query",
    [{"class": 5}, {"class": -1}, {"class": "x"}, {"versus": 5}, {"opacity": 1.1}, {"opacity": "nan"},
     {"threshold": -0.1}, {"mode": "both"}, {"colormap": "nope"}, {"mode": "positive", "colormap": "nope"},
     {"width": 0}, {"overlay": "maybe"}, {"class": 10**30}, {"limit": 0}, {"limit": -1}, {"limit": 1e10},
     {"limit": "nan"}, {"limit": "inf"}],
)  # fmt: skip
def test_a_wrong_choice_is_refused(client: TestClient, explained: Any, query: dict[str, Any]) -> None:
    answer = client.get(f"{EXPLANATIONS}/{explained['id']}/heatmap.png", params={"class": 0, **query})
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("knob", ["opacity", "threshold"])
def test_a_number_that_is_none_is_refused_by_name(client: TestClient, explained: Any, knob: str, value: str) -> None:
    answer = client.get(f"{EXPLANATIONS}/{explained['id']}/heatmap.png", params={"class": 0, knob: value})
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"'{knob}' takes a finite number from 0 to 1."


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("colormap", [name for names in tables().values() for name in names])
def test_every_colour_map_draws_in_every_mode(client: TestClient, explained: Any, mode: Mode, colormap: str) -> None:
    cams, grid, photo = numbers(client, explained)
    style = Style(mode, colormap)
    expected = overlay(photo, cams[0], grid, style, (photo.shape[1], photo.shape[0]))
    assert np.array_equal(drawn(client, explained, legend="false", mode=mode.value, colormap=colormap), expected)


@pytest.mark.parametrize(
    ("colormap", "mode"), [("jet", "positive"), ("viridis", "positive"), ("RdBu_r", "signed"), (None, "signed")]
)
def test_without_a_mode_it_is_the_colour_maps_own(
    client: TestClient, explained: Any, colormap: str | None, mode: str
) -> None:
    chosen = {} if colormap is None else {"colormap": colormap}
    assert np.array_equal(drawn(client, explained, **chosen), drawn(client, explained, mode=mode, **chosen))


def test_a_picture_that_is_known_is_not_drawn_again(
    client: TestClient, explained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{EXPLANATIONS}/{explained['id']}/heatmap.png?class=0"
    tag = client.get(address).headers["etag"]
    for change in ("&opacity=0.5", "&smooth=false", "&mode=positive", "&width=64", "&legend=false", "&versus=1"):
        assert client.get(address + change).headers["etag"] != tag, change
    with monkeypatch.context() as patched:
        patched.setattr(explanations, "draw", None)
        known = client.get(address, headers={"if-none-match": tag})
        assert (known.status_code, known.headers["etag"], known.content) == (304, tag, b"")
    assert client.get(address, headers={"if-none-match": "*"}).status_code == 304
    assert client.get(f"{address}9", headers={"if-none-match": "*"}).status_code == 422
    client.delete(f"{EXPLANATIONS}/{explained['id']}")
    assert client.get(address, headers={"if-none-match": tag}).status_code == 404


def test_the_class_is_required(client: TestClient, explained: Any) -> None:
    answer = client.get(f"{EXPLANATIONS}/{explained['id']}/heatmap.png")
    assert answer.status_code == 422
    assert "class" in answer.json()["detail"]


@pytest.mark.parametrize("query", [{"opacity": 0}, {"opacity": 1}, {"threshold": 0}, {"threshold": 1}])
def test_the_edges_of_every_knob_draw(client: TestClient, explained: Any, query: dict[str, Any]) -> None:
    _, _, photo = numbers(client, explained)
    picture = drawn(client, explained, legend="false", **query)
    assert picture.shape == photo.shape
    assert np.array_equal(picture, photo) is (query == {"opacity": 0})
