"""One map as a page shows it: what the visitor chose, and the numbers and sentences that go with it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

import numpy as np

from app.numbers import Numbers
from app.schemas import Explanation
from app.sentences import sentence
from app.text import fixed, signed, summing_decimals, tiny
from model.cam import Array
from model.rendering import Mode, Style, colour, limit, tables

RAMP_STOPS = 41
MOST_ELONGATED, LEAST_LANDSCAPE = 6, 1.3
CLOSE = math.log(3)  # logits


@dataclass(frozen=True)
class View:
    """How a map is drawn: the query of a prediction or heatmap page.

    Attributes:
        index: the class
        versus: a class whose map is subtracted
        mode: "signed" or "positive"
        colormap: one of the mode's
        opacity: of the strongest colour, 0 to 1
        threshold: weaker values than this part of the limit are hidden, 0 to 1
        cells: "smooth" or "grid"
    """

    index: int
    versus: int | None = None
    mode: str = "signed"
    colormap: str = "RdBu_r"
    opacity: float = 0.7
    threshold: float = 0.0
    cells: str = "smooth"

    @property
    def as_json(self) -> str:
        """For scripts, under the names of the query."""
        values = asdict(self)
        return json.dumps({"class": values.pop("index"), **values})

    @property
    def style(self) -> Style:
        """For the server's drawings, over a photo in grey as on the page."""
        smooth = self.cells == "smooth"
        return Style(Mode(self.mode), self.colormap, self.opacity, self.threshold, smooth, grey=True)

    @property
    def plain(self) -> "View":
        """The same class and mode with nothing else chosen."""
        return View(self.index, mode=self.mode, colormap=default_colormap(self.mode))

    def query(self, index: int | None = None) -> str:
        """As a query, for this or another class; what is default is left out."""
        plain = asdict(self.plain) | {"index": None, "mode": "signed"}
        changed = {name: value for name, value in asdict(self).items() if value != plain[name]}
        changed.pop("index")
        if index not in (None, self.index):
            changed.pop("versus", None)
        return urlencode({"class": self.index if index is None else index, **changed})


@dataclass(frozen=True)
class ClassMap:
    """One class's numbers and its map (rows, columns) in logits; no map and bias where the head has none."""

    index: int
    label: str
    probability: float
    logit: float
    bias: float | None
    cam: Array | None


@dataclass(frozen=True)
class Stop:
    """A colour of the legend: its place from 0 to 1, "#rrggbb", and how opaque it is, 0 to 1."""

    offset: float
    colour: str
    opacity: float


@dataclass(frozen=True)
class Shown:
    """What a page says about the map in view.

    Attributes:
        title: which class, or which against which
        probability: of the class, 0 to 1
        logit: the network's own output for the class
        margin: by how much that is ahead of the other class's, where one is subtracted
        rival_index: the most probable other class
        lowest: the legend's left end, in logits
        lowest_word: what a value there means
        highest: the legend's right end, in logits
        highest_word: what a value there means
        nothing: why there is nothing to see, where that is so
        proof: the identity in this map's numbers
        off: by how much it fails to hold
        ramp: the legend's colours from left to right
    """

    title: str
    probability: float
    logit: float
    margin: float | None
    rival_index: int
    lowest: str
    lowest_word: str
    highest: str
    highest_word: str
    nothing: str | None
    proof: str
    off: str
    ramp: tuple[Stop, ...]


def shape_of(ratio: float) -> str:
    """The kind of frame for a photo, from its width / height."""
    if max(ratio, 1 / ratio) > MOST_ELONGATED:
        return "stretched"
    return "landscape" if ratio >= LEAST_LANDSCAPE else "upright"


def default_colormap(mode: str) -> str:
    """The first colour map of a mode."""
    return next(iter(tables()[Mode(mode)]))


def rival_of(index: int, predictions: Sequence[ClassMap]) -> ClassMap:
    """The most probable class but this one, of those explained; the class itself where it is alone."""
    others = [prediction for prediction in predictions if prediction.index != index]
    return max(others, key=lambda prediction: prediction.logit) if others else predictions[0]


def class_map(numbers: Numbers, labels: Sequence[str], index: int) -> ClassMap:
    """Any class of the network, from the numbers of all."""
    maps = numbers.maps
    return ClassMap(
        index=index,
        label=labels[index],
        probability=float(numbers.probabilities[index]),
        logit=float(numbers.logits[index]),
        bias=None if maps is None else float(numbers.bias[index]),
        cam=None if maps is None else np.array(maps[index]),
    )


def class_maps(explanation: Explanation) -> list[ClassMap]:
    """The classes of an explanation, in its order."""
    return [
        ClassMap(
            index=prediction.index,
            label=prediction.label,
            probability=prediction.probability,
            logit=prediction.logit,
            bias=prediction.bias,
            cam=None if prediction.cam is None else np.asarray(prediction.cam, dtype=np.float32),
        )
        for prediction in explanation.predictions
    ]


def is_close(explanation: Explanation) -> bool:
    """Whether the first class is hardly more probable than the second: less than three times, under a softmax."""
    best, *others = sorted((prediction.logit for prediction in explanation.predictions), reverse=True)
    return bool(others) and best - others[0] < CLOSE


def show(selected: ClassMap, rival: ClassMap, view: View) -> Shown:
    """Put the map of a class, or its difference from the rival's where the view asks for it, in words."""
    other = rival if view.versus is not None else None
    values = selected.cam
    if values is not None and other is not None and other.cam is not None:
        values = values - other.cam
    strongest = 0.0 if values is None else limit(values, Mode(view.mode))
    proof, off = _proof(selected, other)
    bias = (selected.bias or 0.0) - (0.0 if other is None else other.bias or 0.0)
    logit = selected.logit - (0.0 if other is None else other.logit)
    is_signed = view.mode == Mode.SIGNED
    title = title_of(selected, other)
    lowest_word, highest_word = _legend_words(selected, other, is_signed)
    return Shown(
        title=title,
        probability=selected.probability,
        logit=selected.logit,
        margin=None if other is None else logit,
        rival_index=rival.index,
        lowest=signed(-strongest) if is_signed else "0",
        lowest_word=lowest_word,
        highest=signed(strongest),
        highest_word=highest_word,
        nothing=None if values is None else nothing_positive(title, values, bias, logit),
        proof=proof,
        off=off,
        ramp=ramp(view) if strongest > 0 else (),
    )


def _legend_words(selected: ClassMap, rival: ClassMap | None, is_signed: bool) -> tuple[str, str]:
    """What the two ends of the legend mean."""
    if rival is None:
        return sentence("legend-negative" if is_signed else "legend-zero"), sentence("legend-positive")
    low = sentence("legend-against", label=rival.label) if is_signed else sentence("legend-zero")
    return low, sentence("legend-against", label=selected.label)


def ramp(view: View) -> tuple[Stop, ...]:
    """The legend's colours from left to right."""
    values = np.linspace(-1 if view.mode == Mode.SIGNED else 0, 1, RAMP_STOPS, dtype=np.float32)
    return tuple(
        Stop(round(place / (RAMP_STOPS - 1), 4), f"#{red:02x}{green:02x}{blue:02x}", round(alpha / 255, 3))
        for place, (red, green, blue, alpha) in enumerate(colour(values, view.style, 1).tolist())
    )


def title_of(selected: ClassMap, rival: ClassMap | None) -> str:
    """Which class, or which against which."""
    return selected.label if rival is None else sentence("against", label=selected.label, other=rival.label)


def nothing_positive(title: str, values: Array, bias: float, logit: float) -> str | None:
    """What a logit is made of where no part of the picture adds to it; None where some part does.

    Args:
        title: which class, or which against which
        values: the map, (rows, columns), in logits
        bias: what the logit has from no cell at all
        logit: the network's own output
    """
    if values.max() > 0:
        return None
    mean = float(values.mean(dtype=np.float64))
    digits = summing_decimals(mean, bias, logit)
    numbers = {"label": title, "bias": fixed(bias, digits), "logit": fixed(logit, digits)}
    if values.min() == 0:
        return sentence("nothing", **numbers)
    row, column = divmod(int(values.argmin()), values.shape[1])
    numbers |= {"taken": fixed(mean, digits), "least": signed(float(values.min()))}
    return sentence("nothing-positive", **numbers, row=str(row + 1), column=str(column + 1))


def _proof(selected: ClassMap, rival: ClassMap | None) -> tuple[str, str]:
    """The identity in numbers, and by how much it is off; empty where there is no map."""
    parts = [selected] if rival is None else [selected, rival]
    if any(part.cam is None or part.bias is None for part in parts):
        return "", ""
    signs = (1, -1)
    mean, bias, logit = (
        sum(sign * value for sign, value in zip(signs, values, strict=False))
        for values in (
            [float(np.mean(part.cam, dtype=np.float64)) for part in parts if part.cam is not None],
            [part.bias for part in parts if part.bias is not None],
            [part.logit for part in parts],
        )
    )
    digits = summing_decimals(mean, bias, logit)
    return (
        sentence(
            "proof" if rival is None else "proof-margin",
            mean=fixed(mean, digits),
            bias=fixed(bias, digits),
            logit=fixed(logit, digits),
        ),
        sentence("proof-off", residual=tiny(mean + bias - logit)),
    )
