"""The pictures that a network got wrong worst, with the maps of what it said and of what is true."""

import base64
import heapq

import torch

from model.cam import Array
from model.classifier import Explanation
from model.dataset import Sample
from model.figures import Cells, GridFigures
from model.geometry import Grid
from model.metrics import Mistake
from model.photos import Photo, Pixels, encode_jpeg, shrink
from model.scores import top_classes
from model.training.objective import Objective, targets_of

MISTAKES = 24
THUMBNAIL_SIDE = 320
DIGITS = 5


class WorstMistakes:
    """The mistakes with the highest losses, as they come by.

    Args:
        objective: says what is wrong, and how much
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._heap: list[tuple[float, int, Mistake]] = []
        self._count = 0

    def consider(self, sample: Sample, photo: Photo, answer: Explanation) -> None:
        """Keep a picture if it was got wrong, and is among the worst."""
        logits = torch.from_numpy(answer.logits)[None]
        targets = targets_of([sample], len(answer.logits))
        if bool(self._objective.score_right(logits, targets)):
            return
        loss = float(self._objective.score_losses(logits, targets))
        self._count += 1
        if len(self._heap) == MISTAKES and loss <= self._heap[0][0]:
            return
        entry = (loss, -self._count, _mistake(sample, photo, answer, loss, self._objective.multi_label))
        if len(self._heap) < MISTAKES:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heapreplace(self._heap, entry)

    def mistakes(self) -> tuple[Mistake, ...]:
        """Worst first."""
        return tuple(mistake for _, _, mistake in sorted(self._heap, key=lambda entry: entry[:2], reverse=True))


def _mistake(sample: Sample, photo: Photo, answer: Explanation, loss: float, several: bool) -> Mistake:
    """Of several labels a class that was said and is not there comes first, and the one that was missed most."""
    order = top_classes(answer.logits, len(answer.logits))
    wrong = [index for index in order if index not in sample.labels and answer.logits[index] > 0]
    said = wrong[0] if several and wrong else order[0]
    shown = min(sample.labels, key=lambda index: float(answer.logits[index]), default=None)
    thumbnail = shrink(photo.pixels, THUMBNAIL_SIDE)
    height, width = thumbnail.shape[:2]
    return Mistake(
        path=sample.name,
        true=sample.labels,
        said=said,
        shown=shown,
        probability=float(answer.probabilities[said]),
        probability_shown=None if shown is None else float(answer.probabilities[shown]),
        loss=loss,
        thumbnail=encoded(thumbnail),
        width=width,
        height=height,
        grid=None if answer.grid is None else scaled(answer.grid, width / photo.width, height / photo.height),
        said_cam=None if answer.maps is None else cells_of(answer.maps[said]),
        true_cam=None if answer.maps is None or shown is None else cells_of(answer.maps[shown]),
    )


def encoded(thumbnail: Pixels) -> str:
    """A small picture (H, W, 3) as JPEG in base64."""
    return base64.b64encode(encode_jpeg(thumbnail, 85)).decode()


def scaled(grid: Grid, across: float, down: float) -> GridFigures:
    """A photo's grid on its thumbnail, which is smaller by these factors."""
    return GridFigures(
        rows=grid.rows,
        columns=grid.columns,
        cell_width=grid.cell_width * across,
        cell_height=grid.cell_height * down,
        left=grid.left * across,
        top=grid.top * down,
    )


def cells_of(values: Array) -> Cells:
    """A map (rows, columns) as metrics keep it."""
    return tuple(tuple(round(float(value), DIGITS) for value in row) for row in values)
