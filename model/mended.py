"""What a correction did to a network: part of its metrics.json, and what its report shows before and after."""

from typing import Literal

from model.figures import Cells, Count, GridFigures, Share
from model.spec import Record


class MendedFigures(Record):
    """A network before its correction, or after it.

    Attributes:
        accuracy: on the validation pictures
        accuracy_pasted: on validation pictures that carry what is marked on pictures of other classes; None where
            no picture could be given such a mark
        accuracy_cut: on the marked pictures without what is marked
        inside: the part of the evidence for the marked pictures' own class that lies in the marks, on average;
            None where the head has no maps, or nothing speaks for the class
    """

    accuracy: Share
    accuracy_pasted: Share | None
    accuracy_cut: Share
    inside: Share | None


class MendedMap(Record):
    """A class's map of a marked picture.

    Attributes:
        probability: of the class
        inside: the part of its evidence that lies in the marks; None where nothing speaks for it
        grid: where the cells lie on the thumbnail; None where the head has no maps
        cam: in logits, rows x columns
    """

    probability: Share
    inside: Share | None
    grid: GridFigures | None
    cam: Cells | None


class MendedPicture(Record):
    """A marked picture, with the exact maps of one class before the correction and after it.

    Attributes:
        path: relative to the data folder
        shown: index of the class: the mark's, else the picture's own
        thumbnail: JPEG, base64
        width: of the thumbnail, in pixels
        height: likewise
        marks: left, top, right, bottom of each, in pixels of the thumbnail
        before: what the base, or a head without the correction, says
        after: what the corrected network says
    """

    path: str
    shown: int
    thumbnail: str
    width: int
    height: int
    marks: tuple[tuple[float, float, float, float], ...]
    before: MendedMap
    after: MendedMap


class Mended(Record):
    """What a correction did.

    Attributes:
        began: what `before` is of: the base, which knows the same classes, or a head learned without the correction
        pictures: marked ones in the data set
        marks: on them
        pairs: of pictures that the network had to say the same of
        pasted: validation pictures that were given marks, to judge by
        before: the network without the correction
        after: the network that was made
        shown: marked pictures, those with the most evidence in their marks first
    """

    began: Literal["base", "head"]
    pictures: Count
    marks: Count
    pairs: Count
    pasted: Count
    before: MendedFigures
    after: MendedFigures
    shown: tuple[MendedPicture, ...]


def mended_sentences(mended: Mended) -> tuple[str, ...]:
    """What a correction did, in words."""
    before, after = mended.before, mended.after
    which = "the base" if mended.began == "base" else "a head without the correction"
    right = f"{which} has {before.accuracy:.1%} right, the corrected network {after.accuracy:.1%}"
    told = [f"Of the validation pictures {right}."]
    if before.accuracy_pasted is not None and after.accuracy_pasted is not None:
        told.append(
            "With what is marked on pictures of other classes put onto them it is "
            f"{before.accuracy_pasted:.1%} and {after.accuracy_pasted:.1%}."
        )
    if before.inside is not None and after.inside is not None:
        told.append(f"Of the evidence, {before.inside:.0%} lay in the marks, and now {after.inside:.0%}.")
    return tuple(told)
