"""What was taken for what in an evaluation: a table where it fits a page, the pairs that were mixed up most often."""

from collections import Counter
from collections.abc import Callable, Sequence

from app.report_tables import MATRIX_CLASSES, MOST_PAIRS, Cell, Matrix, MatrixRow, Pair, cell_of
from model.evaluation.records import EvaluationMetrics

MOST_SAID = 48

Address = Callable[[int, int], str]
"""The page with the pictures of one class of which another was said."""


def matrix_of_evaluation(metrics: EvaluationMetrics, address: Address | None = None) -> Matrix | None:
    """A row for each class of the pictures, a column for each that was said; None where they are too many.

    Args:
        metrics: of the evaluation
        address: where the cells lead; None for nowhere
    """
    counts = {(true, said): count for true, said, count in metrics.classification.confusion.counts}
    rows = sorted({true for true, _ in counts})
    columns = _columns(counts, rows)
    if len(rows) > MATRIX_CLASSES or len(columns) > MOST_SAID:
        return None
    labels = metrics.model.labels

    def cells(true: int) -> tuple[Cell, ...]:
        row = {said: counts.get((true, said), 0) for said in columns}
        total = sum(row.values())
        return tuple(
            cell_of(
                (labels[true], labels[said]), count, total, true == said,
                address(true, said) if address is not None and count else None,
            )
            for said, count in row.items()
        )  # fmt: skip

    return Matrix(tuple(labels[said] for said in columns), tuple(MatrixRow(labels[true], cells(true)) for true in rows))


def confused(metrics: EvaluationMetrics, address: Address | None = None) -> tuple[Pair, ...]:
    """The pairs of classes that were mixed up most often."""
    labels, counts = metrics.model.labels, metrics.classification.confusion.counts
    totals: Counter[int] = Counter()
    for true, _, count in counts:
        totals[true] += count
    return tuple(
        Pair(labels[true], labels[said], count, totals[true], None if address is None else address(true, said))
        for true, said, count in counts
        if true != said
    )[:MOST_PAIRS]


def _columns(counts: dict[tuple[int, int], int], rows: Sequence[int]) -> list[int]:
    """What was said: the classes of the rows in their order, then the others, those said most often first."""
    said: Counter[int] = Counter()
    for (_, index), count in counts.items():
        said[index] += count
    own = [index for index in rows if said[index]]
    return own + [index for index, _ in said.most_common() if index not in rows]
