"""Which pictures are worth a look: every rule at its threshold, and corners that recur."""

import pytest

from model.evaluation import triage
from model.evaluation.records import EvidenceFigures, PictureRecord
from model.evaluation.triage import Group, groups_of, recurring_corners


def where(**changes: object) -> EvidenceFigures:
    plain = {
        "inside": 0.9, "pointing": True, "border": 0.2, "corners": (0, 0, 0, 0), "concentration": 0.5, "given": 3.0,
        "zone": 4,
    }  # fmt: skip
    return EvidenceFigures.model_validate(plain | changes)


def picture(
    number: int = 0, said: int = 0, true: int = 0, probability: float = 0.9, **changes: object
) -> PictureRecord:
    return PictureRecord(
        number=number, path=f"{number}.jpg", width=100, height=80, true=(true,), said=said, top=((said, probability),),
        probability=probability, probability_true=0.5, margin=1, loss=0.5, right=said == true, grid=None, maps=None,
        evidence=where(**changes),
    )  # fmt: skip


def groups(**changes: object) -> tuple[Group, ...]:
    return groups_of(picture(**changes), frozenset())  # type: ignore[arg-type]


def test_an_ordinary_right_picture_is_in_no_group() -> None:
    assert groups() == ()


def test_a_wrong_one_is_sure_from_the_threshold_on() -> None:
    assert groups(said=1, probability=triage.SURE - 0.01) == (Group.WRONG,)
    assert groups(said=1, probability=triage.SURE) == (Group.WRONG, Group.SURE)


def test_where_evidence_lies_is_judged_of_right_answers_alone() -> None:
    assert groups(said=1, probability=0.5, border=1.0, concentration=1.0) == (Group.WRONG,)


def test_outside_takes_little_evidence_in_the_box_and_a_peak_outside() -> None:
    assert groups(inside=triage.INSIDE - 0.01, pointing=False) == (Group.OUTSIDE,)
    assert groups(inside=triage.INSIDE, pointing=False) == ()
    assert groups(inside=0.1, pointing=True) == ()
    assert groups(inside=None, pointing=None) == ()


@pytest.mark.parametrize(
    ("figure", "value", "group"),
    [
        ("border", triage.BORDER, Group.BORDER),
        ("concentration", triage.SPREAD, Group.SPREAD),
        ("concentration", triage.TINY, Group.TINY),
    ],
)
def test_a_figure_at_its_threshold_is_in_its_group(figure: str, value: float, group: Group) -> None:
    assert groups(**{figure: value}) == (group,)


def test_a_map_that_gives_nothing_is_in_no_group() -> None:
    assert groups(concentration=None, inside=0, pointing=False, given=0) == ()


def test_a_corner_recurs_that_one_class_uses_and_the_others_do_not() -> None:
    marked = [picture(number, 0, 0, corners=(0, 0, 0, 0.4)) for number in range(3)]
    others = [picture(number, 1, 1) for number in range(3, 10)]
    recurring = recurring_corners([*marked, *others])
    assert recurring == {(0, 3)}
    assert groups_of(marked[0], recurring) == (Group.CORNER,)
    assert groups_of(others[0], recurring) == ()


def test_a_corner_that_every_class_uses_is_none_of_ones_own() -> None:
    pictures = [picture(number, number % 2, number % 2, corners=(0.5, 0, 0, 0)) for number in range(12)]
    assert recurring_corners(pictures) == frozenset()


def test_a_corner_of_two_pictures_does_not_recur() -> None:
    assert recurring_corners([picture(number, corners=(0.5, 0, 0, 0)) for number in range(2)]) == frozenset()


def test_a_corner_of_few_of_many_pictures_does_not_recur() -> None:
    marked = [picture(number, corners=(0.5, 0, 0, 0)) for number in range(3)]
    plain = [picture(number) for number in range(3, 3 + 3 * int(1 / triage.OFTEN))]
    assert recurring_corners([*marked, *plain]) == frozenset()
