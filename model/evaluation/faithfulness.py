"""Whether a network needs what its maps show: it is asked again about photos that lack a part.

    deletion     the photo loses its cells, the first of an order first; the probability of what was said
    insertion    the filled photo gets them
    area         mean height of such a curve (Petsiuk et al. 2018): of deletion the lower the better, of insertion
                 the higher
    drop         max(0, Y - O) / Y, Y before, O with only the evidence kept (Chattopadhay et al. 2018), mean
    increase     share of the pictures with O > Y

Both, and in the same way, for orders that hang on no network (model.evaluation.orders). What is taken is blurred.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from model.counterfactual import Fill, area_under
from model.evaluation.bootstrap import mean_of, signed_mean_of
from model.evaluation.figures import FaithfulnessFigures, Mean, Measure, OrderDifferences, OrderFigures
from model.evaluation.orders import MAP, ORDERS
from model.figures import Count, Share
from model.spec import Record

FILL = Fill.BLUR
STEPS = 11  # photos of a curve: none of the cells, a tenth, ... all
SHARES = tuple(step / (STEPS - 1) for step in range(STEPS))

Doubles = npt.NDArray[np.float64]


class Answers(Record):
    """Probabilities of what was said, of one picture in one order.

    Attributes:
        deletion: at each share of the cells, from 0 to 1
        insertion: likewise
        kept: with only the evidence
    """

    deletion: tuple[Share, ...]
    insertion: tuple[Share, ...]
    kept: Share


class AskedAgain(Record):
    """A line of faithfulness.jsonl: what a network says of one picture without parts of it.

    Attributes:
        number: of the picture
        said: the class
        shares: of the cells that are changed, from 0 to 1
        orders: by name; none where there is a problem
        problem: why it could not be asked
    """

    number: Count
    said: Count
    shares: tuple[Share, ...] = ()
    orders: dict[str, Answers] = Field(default_factory=dict)
    problem: str | None = None

    def areas(self, order: str) -> tuple[float, float]:
        """Mean heights of the curves of deletion and insertion."""
        one = self.orders[order]
        return area_under(one.deletion, self.shares), area_under(one.insertion, self.shares)

    def drop(self, order: str) -> float:
        """What is lost of the probability with only the evidence, in parts of it; a gain counts as 0."""
        before, after = self.orders[order].deletion[0], self.orders[order].kept
        return max(0.0, before - after) / before if before else 0.0

    def rises(self, order: str) -> bool:
        """Whether the probability is higher with only the evidence."""
        return self.orders[order].kept > self.orders[order].deletion[0]


def faithfulness_figures(lines: Sequence[AskedAgain], seed: int = 0) -> FaithfulnessFigures | None:
    """What the pictures that were asked again come to; None where none could be.

    Args:
        lines: of them
        seed: of the resamples
    """
    asked = [one for one in lines if one.problem is None]
    if not asked:
        return None
    return FaithfulnessFigures(
        pictures=len(asked),
        fill=FILL.value,
        shares=SHARES,
        orders={name: _order(asked, name, seed) for name in ORDERS},
        differences={name: _differences(asked, name, seed) for name in ORDERS if name != MAP},
        problems=tuple(sorted({one.problem for one in lines if one.problem is not None})),
    )


def mean_curve(curves: Sequence[tuple[Sequence[float], Sequence[float]]]) -> tuple[float, ...]:
    """Curves as (shares, values), of as many cells as each grid has, at even shares; their mean."""
    heights = [np.interp(SHARES, shares, values) for shares, values in curves]
    return tuple(np.clip(np.mean(heights, axis=0), 0, 1).tolist())


def _order(asked: Sequence[AskedAgain], name: str, seed: int) -> OrderFigures:
    areas = np.array([one.areas(name) for one in asked])
    return OrderFigures(
        deletion=mean_curve([(one.shares, one.orders[name].deletion) for one in asked]),
        insertion=mean_curve([(one.shares, one.orders[name].insertion) for one in asked]),
        deletion_area=_share(areas[:, 0], seed),
        insertion_area=_share(areas[:, 1], seed),
        drop=_share(_each(asked, lambda one: one.drop(name)), seed),
        increase=_share(_each(asked, lambda one: one.rises(name)), seed),
    )


def _differences(asked: Sequence[AskedAgain], name: str, seed: int) -> OrderDifferences:
    areas = np.array([np.subtract(one.areas(MAP), one.areas(name)) for one in asked])
    return OrderDifferences(
        deletion_area=_mean(areas[:, 0], seed),
        insertion_area=_mean(areas[:, 1], seed),
        drop=_mean(_each(asked, lambda one: one.drop(MAP) - one.drop(name)), seed),
        increase=_mean(_each(asked, lambda one: float(one.rises(MAP)) - one.rises(name)), seed),
    )


def _each(asked: Sequence[AskedAgain], number: Callable[[AskedAgain], float]) -> Doubles:
    return np.array([number(one) for one in asked], np.float64)


def _share(values: Doubles, seed: int) -> Measure:
    found = mean_of(values, seed)
    if found is None:
        raise ValueError("nothing to average")
    return found


def _mean(values: Doubles, seed: int) -> Mean:
    found = signed_mean_of(values, seed)
    if found is None:
        raise ValueError("nothing to average")
    return found
