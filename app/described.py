"""A map in a sentence or two, for who does not see it: the words that static/js/viewer.js says of it, too."""

from app.sentences import sentence
from app.sentences_zones import PLACES
from app.shown import ClassMap, title_of
from app.text import percent, signed
from model.cam import Array
from model.coverage import Size
from model.evidence import PlacedMap
from model.geometry import Grid
from model.zones import strongest_zone


def described(selected: ClassMap, rival: ClassMap | None, grid: Grid | None, photo_size: Size) -> str:
    """Which map it is, and where in the photo its strongest evidence lies.

    Args:
        selected: the class
        rival: the class whose map is subtracted, if any is
        grid: where the cells lie; None where the network has no exact map
        photo_size: (width, height) the grid is laid on
    """
    words = _named(selected, rival)
    values = _values(selected, rival)
    zone = None if values is None or grid is None else strongest_zone(PlacedMap(values, grid), photo_size)
    if zone is None:
        return words
    strongest = sentence("zone-strongest", zone=sentence(PLACES[zone.number]), share=percent(zone.share))
    return f"{words}. {strongest}"


def _named(selected: ClassMap, rival: ClassMap | None) -> str:
    title = title_of(selected, rival)
    if rival is None:
        return sentence("shown", title=title, probability=percent(selected.probability))
    return sentence("shown-margin", title=title, margin=signed(selected.logit - rival.logit))


def _values(selected: ClassMap, rival: ClassMap | None) -> Array | None:
    if selected.cam is None or rival is None or rival.cam is None:
        return selected.cam
    return selected.cam - rival.cam
