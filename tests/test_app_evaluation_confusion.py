"""What was taken for what: a row for each class of the pictures, a column for each that was said."""

from app.evaluation_confusion import MOST_SAID, confused, matrix_of_evaluation
from app.report_tables import MATRIX_CLASSES
from model.evaluation.figures import Confusion
from model.evaluation.records import EvaluationMetrics
from tests.test_app_evaluation_report import metrics


def counted(
    *counts: tuple[int, int, int], labels: tuple[str, ...] = ("ant", "bee", "crane", "crane")
) -> EvaluationMetrics:
    """An evaluation in which one class was so often said of another: (true, said, count)."""
    found = metrics()
    confusion = Confusion(classes=tuple({index for pair in counts for index in pair[:2]}), matrix=None, counts=counts)
    return found.model_copy(
        update={
            "model": found.model.model_copy(update={"labels": labels}),
            "classification": found.classification.model_copy(update={"confusion": confusion}),
        }
    )


def address(true: int, said: int) -> str:
    return f"?true={true}&said={said}"


def test_classes_that_no_picture_is_of_have_a_column_and_no_row() -> None:
    matrix = matrix_of_evaluation(counted((1, 1, 5), (1, 2, 3), (0, 0, 2), (0, 3, 2), (1, 0, 1)), address)
    assert matrix is not None
    assert matrix.columns == ("ant", "bee", "crane", "crane")
    assert [(row.label, [cell.count for cell in row.cells]) for row in matrix.rows] == [
        ("ant", [2, 0, 0, 2]),
        ("bee", [1, 5, 3, 0]),
    ]
    assert [[cell.right for cell in row.cells] for row in matrix.rows] == [
        [True, False, False, False],
        [False, True, False, False],
    ]
    assert [cell.url for cell in matrix.rows[0].cells] == ["?true=0&said=0", None, None, "?true=0&said=3"]
    assert matrix.rows[1].cells[2].share == round(3 / 9, 4)


def test_a_class_that_was_never_said_has_a_row_alone() -> None:
    matrix = matrix_of_evaluation(counted((0, 1, 2), (1, 1, 1)))
    assert matrix is not None
    assert matrix.columns == ("bee",)
    assert [row.label for row in matrix.rows] == ["ant", "bee"]


def test_of_many_classes_the_pairs_alone_are_listed_and_lead_to_their_pictures() -> None:
    labels = tuple(map(str, range(100)))
    many_said = counted(*((0, said, 1) for said in range(MOST_SAID + 1)), labels=labels)
    many_true = counted(*((true, 0, 1) for true in range(MATRIX_CLASSES + 1)), labels=labels)
    assert matrix_of_evaluation(many_said) is None
    assert matrix_of_evaluation(many_true) is None
    first = confused(many_said, address)[0]
    assert (first.true, first.said, first.count, first.total, first.url) == (
        "0",
        "1",
        1,
        MOST_SAID + 1,
        "?true=0&said=1",
    )
