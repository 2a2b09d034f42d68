"""Which picture a name of somebody else's file means."""

from pathlib import Path

import pytest

from model.dataset import Sample
from model.errors import EvaluationError
from model.evaluation.drawings import Drawings, Target, read_marks
from model.evaluation.places import Places


def samples(*names: str) -> list[Sample]:
    return [Sample(Path("/data") / name, name, (0,)) for name in names]


PLACES = Places(samples("ants/1.jpg", "bees/1.jpg", "bees/2.jpg", "val/ants/3.jpg", "ants/3.jpg", "ants/a.b.jpg"))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("ants/1.jpg", 0),
        ("photos/set/bees/1.jpg", 1),
        ("bees/1.xml", 1),
        ("bees/1", 1),
        ("2.jpg", 2),
        ("elsewhere/2.png", 2),
        ("set/val/ants/3.jpg", 3),
        ("ants/3.jpg", 4),
        ("a.b", 5),
        ("a.b.jpg.png", None),
        ("1.jpg", None),
        ("wasps/1.jpg", None),
        ("4.jpg", None),
    ],
)
def test_the_picture_with_most_folders_in_common_is_meant(name: str, place: int | None) -> None:
    assert PLACES.of(name) == place


def test_of_pictures_that_differ_in_their_ending_the_same_one_is_meant() -> None:
    places = Places(samples("ants/1.jpg", "ants/1.png"))
    assert (places.of("ants/1.png"), places.of("1.jpg"), places.of("1.gif")) == (1, 0, None)


def test_the_very_file_is_meant_whatever_it_is_called() -> None:
    assert PLACES.of("1.jpg", Path("/data/x/../bees/1.jpg")) == 1


def test_pictures_that_are_not_asked_about_are_known(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("path,label,left,top,right,bottom\n1.jpg,ant,1,1,2,2\n2.jpg,ant,1,1,2,2\n")
    drawn = Drawings(tmp_path / "b.csv")
    marks, findings = read_marks(Target(samples("ants/1.jpg"), {"ant": 0}, samples("ants/2.jpg")), drawn)
    assert (list(marks), findings) == ([0], ())
    with pytest.raises(EvaluationError, match=r"but on 2 other pictures; ask about more"):
        read_marks(Target(samples("ants/3.jpg"), {"ant": 0}, samples("ants/1.jpg", "ants/2.jpg")), drawn)
    with pytest.raises(EvaluationError, match=r"speaks of '1.jpg' and '2.jpg', the data of 'ants/3.jpg'"):
        read_marks(Target(samples("ants/3.jpg"), {"ant": 0}), drawn)
