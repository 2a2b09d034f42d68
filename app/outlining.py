"""Where the strong evidence of stored or computed maps lies, as JSON, COCO, VOC or a mask."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from app.decimals import as_sent
from app.errors import NotFound, Unusable
from app.explanations import Explainer
from app.numbers import Numbers
from app.schemas import BoxInfo
from app.schemas_regions import ClassRegionsInfo, RegionFormat, RegionInfo, RegionsInfo
from model.annotations import Annotated, ClassRegions, Method, Region, coco, rounded, voc
from model.contours import outlines
from model.enclosed import given_share
from model.geometry import Grid
from model.masks import mask_png
from model.regions import THRESHOLD

NO_MAP = "This network has no exact map, so there are no regions to outline."


@dataclass(frozen=True)
class Outlining:
    """Which regions are asked for.

    Attributes:
        indices: the classes, in order; none for the explanation's first
        threshold: fraction of a map's maximum that regions exceed, 0 up to but not 1
        largest: each class's largest region alone
        file_name: what files are to call the photo
    """

    indices: tuple[int, ...]
    threshold: float = THRESHOLD
    largest: bool = False
    file_name: str | None = None


def annotated(
    asked: Outlining, numbers: Numbers, labels: Sequence[str], grid: Grid, photo_size: tuple[int, int]
) -> Annotated:
    """The regions of some classes on one photo.

    Args:
        asked: with indices that there are, and a name
        numbers: with maps
        labels: of all classes
        grid: where the cells lie on the photo
        photo_size: (width, height)

    Raises:
        NotFound: there are no maps
    """
    if numbers.maps is None:
        raise NotFound(NO_MAP)
    found = []
    scores = as_sent(numbers.probabilities[list(asked.indices)])
    for index, score in zip(asked.indices, scores, strict=True):
        values = numbers.maps[index]
        lines = outlines(values, grid, photo_size, asked.threshold)[: 1 if asked.largest else None]
        regions = [Region(one, given_share(values, one.rings, grid, photo_size) or 0.0) for one in lines]
        found.append(ClassRegions(index, labels[index], score, tuple(regions)))
    return Annotated(asked.file_name or "", *photo_size, tuple(found))


def stored_regions(explainer: Explainer, explanation_id: str, asked: Outlining) -> tuple[Annotated, Method]:
    """The regions of a stored explanation; cells lie where its JSON says, as for whoever draws from it.

    Raises:
        NotFound: no such explanation, or a network without maps
        Unusable: no such class
    """
    known = explainer.find(explanation_id)
    if known.grid is None:
        raise NotFound(NO_MAP)
    indices = tuple(dict.fromkeys(asked.indices)) or (known.predictions[0].index,)
    for index in indices:
        if index >= known.model.classes:
            raise Unusable(f"There is no class {index}; indices go from 0 to {known.model.classes - 1}.")
    name = asked.file_name or f"camscope-{explanation_id[:8]}.jpg"
    wanted = Outlining(indices, asked.threshold, asked.largest, name)
    labels = explainer.spec(known.model.id).labels
    size = known.image.width, known.image.height
    found = annotated(wanted, explainer.numbers(explanation_id), labels, Grid(**dict(known.grid)), size)
    return found, Method(known.model.id, f"{known.input.scale:g}", asked.threshold)


def regions_info(photo: Annotated, threshold: float) -> RegionsInfo:
    """Regions for JSON; coordinates to hundredths."""
    return RegionsInfo(
        width=photo.width,
        height=photo.height,
        threshold=threshold,
        classes=[
            ClassRegionsInfo(
                index=found.index,
                label=found.label,
                probability=found.score,
                regions=[_region_info(region) for region in found.regions],
            )
            for found in photo.classes
        ],
    )


def _region_info(region: Region) -> RegionInfo:
    return RegionInfo(
        box=BoxInfo(**vars(region.outline.box)),
        polygons=[[[rounded(x), rounded(y)] for x, y in ring] for ring in region.outline.rings],
        area=rounded(region.outline.area),
        share=region.share,
    )


def written(photo: Annotated, method: Method, wanted: RegionFormat) -> bytes:
    """Regions of one photo as a file."""
    match wanted:
        case RegionFormat.COCO:
            return to_json(coco([photo], method))
        case RegionFormat.VOC:
            return voc(photo).encode()
        case RegionFormat.MASK:
            return mask_png(photo)
    return to_json(regions_info(photo, method.threshold))
