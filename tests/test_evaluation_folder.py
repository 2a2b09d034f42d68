"""The folder of an evaluation: whole after a kill, never two questions in one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import EvaluationError
from model.evaluation.folder import MAPS, METRICS, PICTURES, EvaluationFolder, EvaluationWriter
from model.evaluation.records import EvaluationSettings, LeftOut, MapPlaces, PictureRecord
from model.figures import GridFigures

GRID = GridFigures(rows=2, columns=3, cell_width=10, cell_height=10, left=0, top=0)


def asked(**changes: Any) -> EvaluationSettings:
    return EvaluationSettings(
        **{"created_at": datetime.now(UTC), "bundle": "tiny-1", "data": "photos", "listing": "ab", "pictures": 3}
        | changes
    )


def picture(number: int, maps: MapPlaces | None) -> PictureRecord:
    return PictureRecord(
        number=number,
        path=f"{number}.jpg",
        width=30,
        height=20,
        true=(1,),
        said=0,
        top=((0, 0.6), (1, 0.4)),
        probability=0.6,
        probability_true=0.4,
        margin=0.5,
        loss=0.9,
        right=False,
        grid=GRID if maps else None,
        maps=maps,
    )


def fill(writer: EvaluationWriter, count: int) -> None:
    for number in range(writer.done, count):
        said = writer.append_maps([np.full((2, 3), number, np.float32), np.full((2, 3), -number, np.float32)])
        writer.put_row("1-any", number, [number, number + 0.5], of=3)
        writer.append(picture(number, MapPlaces(said=said, true=said + 6)), thumbnail=b"jpeg")


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    with EvaluationWriter.begin(tmp_path / "out", asked()) as writer:
        fill(writer, 2)
        writer.append(LeftOut(number=2, path="2.jpg", true=(0,), problem="damaged"))
    folder = EvaluationFolder(tmp_path / "out")
    first, second = folder.pictures()
    assert [line.problem for line in folder.lines()] == [None, None, "damaged"]
    assert [one.path for one in folder.left_out()] == ["2.jpg"]
    said, true = folder.map_of(second, "said"), folder.map_of(second, "true")
    assert said is not None
    assert true is not None
    assert said.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert true.tolist() == [[-1, -1, -1], [-1, -1, -1]]
    table = folder.table("1-any")
    assert table is not None
    assert table[:2].tolist() == [[0, 0.5], [1, 1.5]]
    assert np.isnan(table[2]).all()
    assert folder.thumbnail(1).read_bytes() == b"jpeg"
    assert folder.table("3-any") is None
    assert folder.metrics() is None
    assert folder.map_of(picture(0, None), "said") is None
    assert first.number == 0


def test_a_torn_last_line_and_maps_without_a_line_are_dropped_when_it_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with EvaluationWriter.begin(out, asked()) as writer:
        fill(writer, 2)
        writer.append_maps([np.zeros((2, 3), np.float32)])
    whole = (out / PICTURES).read_bytes()
    (out / PICTURES).write_bytes(whole + whole[:40])
    (out / METRICS).write_text("{}")
    with EvaluationWriter.begin(out, asked(created_at=datetime(2020, 1, 1, tzinfo=UTC)), resume=True) as writer:
        assert writer.done == 2
        assert not (out / METRICS).exists()
        fill(writer, 3)
    folder = EvaluationFolder(out)
    pictures = list(folder.pictures())
    assert [one.number for one in pictures] == [0, 1, 2]
    last = folder.map_of(pictures[2], "true")
    assert last is not None
    assert last.tolist() == [[-2, -2, -2], [-2, -2, -2]]
    assert (out / MAPS).stat().st_size == 3 * 2 * 6 * 4
    table = folder.table("1-any")
    assert table is not None
    assert table[:, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "resume", "told"),
    [
        ({}, False, "--resume"),
        ({"listing": "other"}, True, "other pictures or classes"),
        ({"bundle": "other-2", "scales": ("1", "fused")}, True, r"bundle tiny-1, now other-2; scales"),
    ],
)
def test_another_question_is_refused(tmp_path: Path, changes: dict[str, Any], resume: bool, told: str) -> None:
    EvaluationWriter.begin(tmp_path, asked()).__exit__()
    with pytest.raises(EvaluationError, match=told):
        EvaluationWriter.begin(tmp_path, asked(**changes), resume)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(EvaluationError, match="already"):
        EvaluationWriter.begin(tmp_path, asked(), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_do_not_write_one_folder(tmp_path: Path) -> None:
    with EvaluationWriter.begin(tmp_path, asked()), pytest.raises(EvaluationError, match="another evaluation"):
        EvaluationWriter.begin(tmp_path, asked(), resume=True)
    EvaluationWriter.begin(tmp_path, asked(), resume=True).__exit__()


def test_a_table_cut_short_is_made_anew(tmp_path: Path) -> None:
    with EvaluationWriter.begin(tmp_path, asked()) as writer:
        fill(writer, 1)
    (tmp_path / "localisation" / "1-any.npy").write_bytes(b"\x93NUMPY")
    with EvaluationWriter.begin(tmp_path, asked(), resume=True) as writer:
        fill(writer, 2)
    table = EvaluationFolder(tmp_path).table("1-any")
    assert table is not None
    assert np.isnan(table[0]).all()
    assert table[1, 0] == 1


@pytest.mark.parametrize("name", [PICTURES, MAPS])
def test_what_is_damaged_is_named(tmp_path: Path, name: str) -> None:
    with EvaluationWriter.begin(tmp_path, asked()) as writer:
        fill(writer, 2)
    damaged = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(b"x" + damaged[1:] if name == PICTURES else damaged[:20])
    with pytest.raises(EvaluationError, match=name):
        EvaluationWriter.begin(tmp_path, asked(), resume=True)
