"""The room of pooling: numbers that are typed, a photo on its way, dots, and what there is to condense."""

import re
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.errors import Unusable
from app.learn_numbers import read_numbers, written
from app.learn_pooling import TYPED, came_about, counted_side, what_is_left, window_of
from model.pooling import Kind, Padding, Pooling, again, pool, two_dots
from tests.node import answers
from tests.test_app_learn_layers import activations

ROOM = "/learn/pooling"
MAPS = ["1", "1 2\n3 4", "0.5,-1;2\n\n 3e1 .5 +4 \n", "1\t2\r\n3 4", TYPED]
NO_MAPS = ["", " \n ", "1 2\n3", "a", "1 nan", "inf", "1e7", "0x10", "1_0", "1 " * 17, "1\n" * 17, "--1", "1e", "٣"]


def drawn(page: str, name: str) -> list[list[float]]:
    """The numbers of a grid."""
    body = page[page.index(f'data-grid="{name}"') :].partition("</table>")[0]
    rows = body.split("<tr>")[1:]
    return [[float(cell.replace("−", "-")) for cell in re.findall(r"<td[^>]*>([^<]+)<", row)] for row in rows]


def room(client: TestClient, **query: Any) -> str:
    answer = client.get(ROOM, params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("typed", MAPS)
def test_numbers_are_read_the_same_here_and_in_the_browser(typed: str) -> None:
    values = read_numbers(typed)
    [found] = answers("typed", "readNumbers", [[typed]])
    assert (found["rows"], found["columns"]) == values.shape
    np.testing.assert_allclose(np.reshape(found["values"], values.shape), values)
    np.testing.assert_allclose(read_numbers(written(values)), values)


@pytest.mark.parametrize("typed", NO_MAPS)
def test_what_is_no_map_is_refused_here_and_in_the_browser(typed: str) -> None:
    with pytest.raises(Unusable):
        read_numbers(typed)
    assert answers("typed", "readNumbers", [[typed]]) == [None]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "valid"), (3, 1, "same"), (3, 1, "valid"), (4, 3, "same")]
)
def test_typed_numbers_are_pooled_as_asked(client: TestClient, kind: str, size: int, stride: int, padding: str) -> None:
    typed = "1 2 3 4\n5 6 7 8\n9 1 -2 3\n4 5 6 0.5"
    page = room(client, numbers=typed, kind=kind, size=size, stride=stride, padding=padding)
    assert drawn(page, "before") == read_numbers(typed).tolist()
    how = Pooling(Kind(kind), size, stride, Padding(padding))
    np.testing.assert_allclose(drawn(page, "after"), pool(read_numbers(typed), how), atol=0.005)


def test_what_was_typed_wrongly_is_said_beside_the_field(client: TestClient) -> None:
    page = room(client, numbers="1 2\n3")
    assert re.search(r"data-wrong>Every line takes as many numbers as the first\.<", page)
    assert ">1 2\n3</textarea>" in page
    assert "No window fits into this map" in room(client, numbers="1 2", size=3)


def test_what_one_cell_is_made_of_is_written_out() -> None:
    values = read_numbers(TYPED)
    for how in (
        Pooling(Kind.MAX, 3, 1, Padding.SAME),
        Pooling(Kind.AVERAGE, 2, 2),
        Pooling(Kind.MAX, 4, 3, Padding.SAME),
    ):
        pooled = pool(values, how)
        sent = {"rows": values.shape[0], "columns": values.shape[1]}
        for row, column in np.ndindex(*pooled.shape):
            top, left, bottom, right = window_of(values.shape, how, row, column)
            told = came_about(how.kind, values[top:bottom, left:right])
            made, _, result = told.partition(" = ")
            assert eval(made) == pytest.approx(pooled[row, column])
            assert float(result) == pytest.approx(pooled[row, column], abs=0.005)
            [found] = answers("pooling", "windowOf", [[sent, vars(how), row, column]])
            assert found == {"top": top, "left": left, "bottom": bottom, "right": right}


@pytest.mark.parametrize("how", [Pooling(), Pooling(size=3, stride=1), Pooling(size=3, stride=2, padding=Padding.SAME)])
@pytest.mark.parametrize("side", [3, 6, 7])
def test_how_a_side_is_counted_comes_to_that_side(how: Pooling, side: int) -> None:
    made, _, result = counted_side(how, side).partition(" = ")
    rounded = {"valid": np.floor, "same": np.ceil}[how.padding]
    inner = re.search(r"[⌊⌈](.+)[⌋⌉]", made)
    assert inner
    rest = made[inner.end() :].replace("+", "").strip() or "0"
    assert int(rounded(eval(inner[1].replace("−", "-")))) + int(rest) == int(result) == how.side(side)


def counts(page: str) -> list[tuple[int, int, float]]:
    """Columns, rows and the largest value of every step."""
    found = re.findall(r'<span class="lesson__note">(\d+) × (\d+): [\d,]+ numbers, the largest ([\d.−]+)<', page)
    return [(int(columns), int(rows), float(most.replace("−", "-"))) for columns, rows, most in found]


def test_the_photos_way_is_that_of_the_numbers_of_the_api(client: TestClient) -> None:
    [light] = activations(client, layer="photo")
    edges = np.array(
        [
            [(light[y : y + 3, x + 2] - light[y : y + 3, x]) @ [1, 2, 1] for x in range(light.shape[1] - 2)]
            for y in range(light.shape[0] - 2)
        ]
    )
    found = counts(room(client, times=2))
    rectified = np.maximum(edges, 0)
    once = rectified[: rectified.shape[0] // 2 * 2, : rectified.shape[1] // 2 * 2]
    once = once.reshape(once.shape[0] // 2, 2, once.shape[1] // 2, 2).max((1, 3))
    for (columns, rows, most), values in zip(found, (light, edges, rectified, once), strict=False):
        assert (rows, columns) == values.shape
        assert most == pytest.approx(values.max(), rel=0.01)
    assert len(found) == 5


def test_a_layers_map_is_pooled_like_the_photo(client: TestClient) -> None:
    values = activations(client, layer="features")
    page = room(client, source="features", channel=2, by="average", over=2, every=1, times=1)
    (columns, rows, _), (after, below, most) = counts(page)
    assert (rows, columns) == values.shape[1:]
    assert (below, after) == (rows - 1, columns - 1)
    assert most == pytest.approx(pool(values[2], Pooling(Kind.AVERAGE, 2, 1)).max(), abs=0.01)
    strongest = int(values.std((1, 2)).argmax())
    assert f"Map {strongest + 1} of “features”" in room(client, source="features")
    assert client.get(f"{ROOM}?source=nobody").status_code == 404
    assert client.get(f"{ROOM}?source=features&channel=5").status_code == 422


def test_a_window_that_does_not_fit_into_a_layers_map_is_told(client: TestClient) -> None:
    rows = activations(client, layer="features").shape[1]
    assert rows < 8
    page = room(client, source="features", over=8)
    assert re.search(r"data-left>No window fits", page)


@pytest.mark.parametrize(("dot", "apart", "times"), [(3, 1, 1), (4, 1, 3), (8, 1, 4), (1, 3, 2)])
def test_when_two_dots_become_one(client: TestClient, dot: int, apart: int, times: int) -> None:
    page = room(client, dot=dot, apart=apart)
    assert page.count(f"Pooling number {times} makes one cell of both") == 2
    assert "1 × 1, brightest 1/128" in page  # 2 of 256
    left = dot - 1
    assert left // 2**times == (left + apart) // 2**times
    assert left // 2 ** (times - 1) != (left + apart) // 2 ** (times - 1)


STRONG = np.pad(np.ones((1, 1), dtype=np.float32), ((4, 0), (4, 0)))  # 5 x 5, the strongest in the last corner
REASONS = {
    "cut": "where no whole window fitted any more",
    "skipped": "lay between windows",
    "shared": "An average shares",
    "stopped": "Pooling ends after 2 times",
}


@pytest.mark.parametrize(
    ("how", "reasons"),
    [
        (Pooling(padding=Padding.SAME), set()),
        (Pooling(), {"cut", "stopped"}),
        (Pooling(size=1, stride=3), {"skipped", "stopped"}),
        (Pooling(Kind.AVERAGE, padding=Padding.SAME), {"shared"}),
    ],
)
def test_why_the_strongest_is_lost_and_where_pooling_ends_is_told(how: Pooling, reasons: set[str]) -> None:
    told = what_is_left(again(STRONG, how, 3), how, 3)
    assert {name for name, words in REASONS.items() if words in told} == reasons


def test_dots_are_pooled_the_same_in_the_browser() -> None:
    for kind in Kind:
        expected = again(two_dots(16, 3, 4), Pooling(kind), 4)
        [sent] = answers("pooling", "twoDots", [[16, 3, 4]])
        [found] = answers("pooling", "again", [[sent, vars(Pooling(kind)), 9]])
        assert len(found) == len(expected) == 5
        for theirs, ours in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.reshape(theirs["values"], ours.shape), ours)


def test_what_filters_find_is_counted_for_the_sizes_of_the_address(client: TestClient) -> None:
    page = room(client)
    assert ">3,168,400<" in page
    assert ">25,600<" in page
    assert ">400<" in page
    page = room(client, side=10, kernel=3, filters=2, window=4)
    assert ">128</b>" in page
    assert ">8</b>" in page
    assert re.search(r"data-misfit>\s*A filter or a window", room(client, side=5))
