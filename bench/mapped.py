"""The maps of an answer: every network that is measured here has some."""

from model.cam import ClassMaps
from model.classifier import Explanation
from model.geometry import Grid


def mapped(found: Explanation) -> tuple[ClassMaps, Grid]:
    """All classes' maps, and where their cells lie on the photo.

    Raises:
        ValueError: the network's head keeps no location
    """
    if found.maps is None or found.grid is None:
        raise ValueError("this network has no maps: nothing can be compared")
    return found.maps, found.grid
