"""Which pictures are worth a look: every rule at its threshold."""

import pytest

from model.evaluation import triage
from model.evaluation.records import EvidenceFigures, PictureRecord, Place, RecurringPlace
from model.evaluation.triage import Group, groups_of


def where(**changes: object) -> EvidenceFigures:
    plain = {
        "inside": 0.9, "pointing": True, "border": 0.2, "corners": (0, 0, 0, 0), "edges": (0, 0, 0, 0),
        "concentration": 0.5, "given": 3.0, "zone": 4,
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
    return groups_of(picture(**changes), ())  # type: ignore[arg-type]


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


def test_a_right_picture_with_much_in_a_place_of_its_class_alone_is_in_its_group() -> None:
    there = RecurringPlace(
        index=0, place=Place.RIGHT_BOTTOM, share=0.3, others=0.01, oftener=0.9, usual=0.04
    )  # fmt: skip
    marked = picture(corners=(0, 0, 0, 0.05))
    assert groups_of(marked, [there]) == (Group.PLACE,)
    assert groups_of(picture(corners=(0, 0, 0, 0.04)), [there]) == ()
    assert groups_of(picture(corners=(0.9, 0, 0, 0)), [there]) == ()
    assert groups_of(marked, [there.model_copy(update={"index": 1})]) == ()
    assert groups_of(picture(said=1, probability=0.5, corners=(0, 0, 0, 0.9)), [there]) == (Group.WRONG,)
