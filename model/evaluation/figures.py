"""What all pictures of an evaluation come to, as metrics.json has it: shares, each with where it lies."""

from model.figures import Count, Share
from model.metrics import Calibration
from model.spec import Record

Interval = tuple[float, float]
"""Where a number lies 95 times of 100: Wilson's of shares of pictures, else by resamples (see bootstrap)."""


class ClassResult(Record):
    """One class: how many pictures are of it, and how well it is told; None where nothing can be divided."""

    label: str
    pictures: Count
    precision: Share | None
    recall: Share | None
    f1: Share | None


class Confusion(Record):
    """How often one class was said of another.

    Attributes:
        classes: those that are there or were said, by index; rows and columns of the matrix
        matrix: rows what is there, columns what was said; None of more than 40 classes
        counts: (true, said, count) of what occurred, the most frequent first
    """

    classes: tuple[Count, ...]
    matrix: tuple[tuple[Count, ...], ...] | None
    counts: tuple[tuple[Count, Count, Count], ...]


class ClassificationIntervals(Record):
    """Where each of the numbers lies."""

    accuracy: Interval
    top5: Interval | None
    macro_f1: Interval
    ece: Interval


class ClassificationFigures(Record):
    """Whether the network says the right thing.

    Attributes:
        accuracy: share of the pictures of which a true class was said
        top5: share with a true class among the five most probable; None of five classes or fewer
        macro_f1: mean F1 of the classes that are there
        loss: mean
        classes: of those that are there or were said
        confusion: what was said of what
        calibration: of the probability of what was said
        intervals: of the first numbers and of the calibration error
    """

    accuracy: Share
    top5: Share | None
    macro_f1: Share
    loss: float
    classes: tuple[ClassResult, ...]
    confusion: Confusion
    calibration: Calibration
    intervals: ClassificationIntervals


class Measure(Record):
    """A share and where it lies, over so many pictures (None in figures that are older than this)."""

    value: Share
    interval: Interval
    pictures: Count | None = None


class BoxMeasure(Record):
    """A share of boxes that were found, with the threshold chosen apart.

    Attributes:
        value: on the reported part
        interval: of it
        threshold: part of a map's maximum, chosen on the choosing part; None of a box without a map
        reference: by the reference protocol, which chooses on the very pictures that it reports
        reference_threshold: that it chose; None likewise
        pictures: of the reported part
        reference_pictures: of the reference
    """

    value: Share
    interval: Interval
    pictures: Count | None = None
    reference_pictures: Count | None = None
    threshold: Share | None
    reference: Share
    reference_threshold: Share | None


class MapMeasures(Record):
    """What one way to look, or one baseline, is worth.

    Attributes:
        max_box_acc: largest region's box, IoU 0.5 at least
        max_box_acc_v2: any region's box; mean over IoU 0.3, 0.5 and 0.7, each with a threshold of its own
        ious: of each of these IoUs, its part of it
        gt_known: as max_box_acc, of the true class
        top1: likewise, and the class is right; None of a baseline
        pixel_ap: area under precision and recall over all pixels; None without masks
        pointing: peak in a box or on the mask; None of a box without a map
        pointing_15: likewise, or within 15 pixels of it
        energy: share of what is given that lies there; None likewise
        raster: (rows, columns) of the maps, of the first picture; None of a baseline
    """

    max_box_acc: BoxMeasure | None
    max_box_acc_v2: Measure | None
    max_box_acc_v2_reference: Share | None
    ious: dict[str, BoxMeasure]
    gt_known: Measure | None
    top1: Measure | None
    pixel_ap: Measure | None
    pointing: Measure | None
    pointing_15: Measure | None
    energy: Measure | None
    raster: tuple[Count, Count] | None = None


class LocalisationFigures(Record):
    """Whether the network looks at the right place.

    Attributes:
        pictures: with boxes or masks of a true class
        chosen_on: of those with boxes, those that thresholds were chosen on
        covered: share of a picture that its boxes or mask cover, mean: what a map without a pattern would come to
        thresholds: how many were tried
        scales: by the name of the look
        baselines: by name
    """

    pictures: Count
    chosen_on: Count
    covered: Share
    thresholds: Count
    scales: dict[str, MapMeasures]
    baselines: dict[str, MapMeasures]


class Mean(Record):
    """A mean of any sign and where it lies."""

    value: float
    interval: Interval


class OrderFigures(Record):
    """What becomes of a network's answer when cells go, or come, in one order; shares are probabilities' means.

    Attributes:
        deletion: of photos that lose cells, at each share of them
        insertion: of filled photos that get them
        deletion_area: mean height of the first curve: low where what goes first is what it needs
        insertion_area: of the second: high where what comes first suffices
        drop: what is lost of the probability when only the evidence is kept, in parts of it; gains count as 0
        increase: share of the pictures whose probability is higher then
    """

    deletion: tuple[Share, ...]
    insertion: tuple[Share, ...]
    deletion_area: Measure
    insertion_area: Measure
    drop: Measure
    increase: Measure


class OrderDifferences(Record):
    """By how much the map's order differs from another, picture by picture: the map's less the other's.

    Attributes:
        increase: None in figures that are older than it
    """

    deletion_area: Mean
    insertion_area: Mean
    drop: Mean
    increase: Mean | None = None


class FaithfulnessFigures(Record):
    """Whether a network needs what its maps show.

    Attributes:
        pictures: that were asked again
        fill: what came in place of cells (model.counterfactual)
        shares: of the cells, at which the curves are given, from 0 to 1
        orders: by name (model.evaluation.orders)
        differences: from the map's order, of each of the others
        problems: one sentence each
    """

    pictures: Count
    fill: str
    shares: tuple[Share, ...]
    orders: dict[str, OrderFigures]
    differences: dict[str, OrderDifferences]
    problems: tuple[str, ...] = ()


class Spoiling(Record):
    """How like the original maps those of a spoiled network are.

    Attributes:
        layers: how many were redrawn, the head among them
        name: of the last one
        rank: Spearman's correlation of the cells, mean; None where no picture has a map any more
        ssim: structural similarity of the maps laid on the photo, mean
        maps: pictures that have one
    """

    layers: Count
    name: str
    rank: Mean | None
    ssim: Mean | None
    maps: Count


class SanityFigures(Record):
    """Whether maps hang on what the network has learned.

    Attributes:
        pictures: whose maps were compared
        layers: that the network has, the head among them, and were redrawn in the end
        shuffled: with the head's rows given to other classes
        steps: from the head down to the photo
    """

    pictures: Count
    layers: Count
    shuffled: Spoiling
    steps: tuple[Spoiling, ...]
