"""What was measured of a network over labelled pictures: metrics.json, and what reports are drawn from.

Written by training, read by the web app and by reports; torch is not needed for either.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from model.errors import BundleError
from model.figures import Cells, Count, GridFigures, Share
from model.manifest import METRICS, first_line
from model.mended import Mended
from model.spec import Record

MAX_METRICS_BYTES = 64 * 2**20

Stage = Literal["head", "network"]


class ClassFigures(Record):
    """One class.

    Attributes:
        label: its name
        train: pictures it was learned from
        val: pictures it was judged on
        precision: of those said to be it, the share that is; None where none was said
        recall: of those that are it, the share that was said; None where there is none
        f1: the harmonic mean of the two, 0 where no picture of it was said to be it; None where there is none
            of it and none was said
    """

    label: str
    train: Count
    val: Count
    precision: Share | None
    recall: Share | None
    f1: Share | None


class ReliabilityBin(Record):
    """Answers whose confidence lies between two bounds.

    Attributes:
        lower: of the confidence
        upper: of the confidence
        count: answers in it
        confidence: their mean; None where there is none
        accuracy: the share of them that was right; None where there is none
    """

    lower: Share
    upper: Share
    count: Count
    confidence: Share | None
    accuracy: Share | None


class Calibration(Record):
    """Whether 80 % sure means right in 80 of 100: expected calibration error and its bins."""

    ece: Share
    bins: tuple[ReliabilityBin, ...]


class EpochFigures(Record):
    """One pass through the training pictures.

    Attributes:
        stage: "head" on cached features, or "network" end to end
        epoch: counted from 1 within its stage
        train_loss: mean over the pass
        held_out_loss: on the part of the training pictures that was held out to choose by
        held_out_accuracy: likewise
        seconds: that the pass took
    """

    stage: Stage
    epoch: Annotated[int, Field(ge=1)]
    train_loss: float
    held_out_loss: float
    held_out_accuracy: Share
    seconds: float


class Candidate(Record):
    """A network that was trained and might have been kept, judged on the held-out part."""

    stage: Stage
    epoch: Count
    held_out_loss: float
    held_out_accuracy: Share


class Mistake(Record):
    """A picture of the validation set that was got wrong, with the exact maps of the said and of the true class.

    Attributes:
        path: relative to the data folder
        true: indices of the true classes
        said: index of the class that was said; of several labels the likeliest that is not there, else the likeliest
        shown: index of the true class whose map is shown; None where there is none (a class said that is not there)
        probability: of the said class
        probability_shown: of the shown class
        loss: of this picture, what mistakes are ordered by
        thumbnail: JPEG, base64
        width: of the thumbnail, in pixels
        height: likewise
        grid: where the cells lie on the thumbnail; None where the head has no maps
        said_cam: map of the said class in logits, rows x columns
        true_cam: of the shown class
    """

    path: str
    true: tuple[int, ...]
    said: int
    shown: int | None
    probability: Share
    probability_shown: Share | None
    loss: float
    thumbnail: str
    width: int
    height: int
    grid: GridFigures | None
    said_cam: Cells | None
    true_cam: Cells | None


class Counts(Record):
    """How many pictures went where.

    Attributes:
        train: learned from; a head that is kept learned from those held out, too, in the end
        held_out: of the training pictures, kept apart to choose by
        val: judged on
        skipped: could not be read, or were left out; named in `problems`
    """

    train: Count
    held_out: Count
    val: Count
    skipped: Count


class Metrics(Record):
    """metrics.json.

    Attributes:
        name: of the bundle
        base: id of the bundle it was trained from
        head: as `--head` names it: gap, sum, gmp, conv1x1, nin, fc
        labels: of the classes, in the order of the logits
        multi_label: whether a picture may have several
        accuracy: share of the validation pictures whose best class is right; of several labels, whose whole set is
        macro_f1: mean of the classes' F1, those that have one
        loss: mean cross-entropy over the validation pictures
        chosen: which of the candidates the bundle is
        candidates: the head alone, and the fine-tuned network where it was trained
        classes: in the order of the labels
        confusion: rows are true classes, columns what was said; None for several labels, or for thousands of classes
        calibration: of the said class's probability; of several labels, of every label's
        epochs: in the order they ran
        mistakes: the worst, at most 24
        mended: what was corrected, and what came of it; None where nothing was marked
        problems: one sentence each: pictures that were skipped, duplicates, small classes
        settings: as the training was asked for
        seconds: by stage
    """

    schema_version: Literal[1] = 1
    name: str
    base: str
    head: str
    created_at: datetime
    labels: tuple[str, ...]
    multi_label: bool
    accuracy: Share
    macro_f1: Share | None
    loss: float
    chosen: Stage
    candidates: tuple[Candidate, ...]
    counts: Counts
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[Count, ...], ...] | None
    calibration: Calibration
    epochs: tuple[EpochFigures, ...]
    mistakes: tuple[Mistake, ...]
    problems: tuple[str, ...]
    settings: dict[str, Any]
    seconds: dict[str, float]
    mended: Mended | None = None


def read_metrics(bundle_path: Path) -> Metrics | None:
    """The metrics of a model folder; None where it has none.

    Raises:
        BundleError: the file is no metrics.json
    """
    file = bundle_path / METRICS
    try:
        if file.stat().st_size > MAX_METRICS_BYTES:
            raise BundleError(f"{file}: larger than any metrics are")
        return Metrics.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, ValueError, OSError) as error:
        raise BundleError(f"{file}: {first_line(error)}") from error
