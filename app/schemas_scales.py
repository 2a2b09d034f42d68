"""The JSON contract's part about other scales of a stored photo. What a field means is said here and nowhere else."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.schemas import (
    Contract,
    Finite,
    GridInfo,
    ImageInfo,
    InputInfo,
    ModelInfo,
    Prediction,
    Side,
    TimingInfo,
)
from model.scales import FUSED, NAMES
from model.spec import SCALES

Scale = Annotated[float | Literal["fused"], Field(description="1, 1.5, 2, 3, or fused: all of them and mirrored.")]
Milliseconds = Annotated[Finite, Field(ge=0)]


def _from_json(value: object) -> str:
    """A number or FUSED, by its name."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _known(f"{value:g}" if is_number and value in SCALES else value if value == FUSED else None)


def _known(name: object) -> str:
    if name not in NAMES:
        raise PydanticCustomError("literal_error", "takes {expected}", {"expected": ", ".join(NAMES)})
    return str(name)


def _one_from_json(value: object) -> float:
    """A number that is a scale."""
    if value == FUSED:
        raise PydanticCustomError("fused", "is asked at one scale")
    return float(_from_json(value))


def _one_from_text(value: object) -> float:
    """The same from an address."""
    return _one_from_json(float(str(value)) if value in NAMES and value != FUSED else value)


_SCALES = WithJsonSchema({"enum": [*map(float, SCALES)]})
OneScale = Annotated[float, BeforeValidator(_one_from_json), _SCALES]
OneScaleText = Annotated[float, BeforeValidator(_one_from_text), _SCALES]
ScaleName = Annotated[str, BeforeValidator(_known), WithJsonSchema({"type": "string", "enum": list(NAMES)})]


class ScaleAsked(Contract):
    """Which scale a stored photo is to be looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: Annotated[str, BeforeValidator(_from_json), WithJsonSchema({"enum": [*map(float, SCALES), FUSED]})] = Field(
        description="Of the network's input: larger for a finer grid. fused: all of them and the mirror image of each, "
        "averaged. A network of one fixed input size takes any scale as 1.",
        examples=[2],
    )


class ViewInfo(Contract):
    """One look of the network at the photo, exact by itself."""

    scale: float
    mirrored: bool = Field(description="Whether it saw the photo's mirror image.")
    width: Side = Field(description="Of the input, in pixels.")
    height: Side = Field(description="Of the input, in pixels.")
    rows: int | None = Field(description="Of its maps; null where there are none.")
    columns: int | None = Field(description="Of its maps; null where there are none.")
    residual: Finite | None = Field(
        description="The largest |mean(map) + bias - logit| of all classes; null where there are no maps."
    )
    forward: Milliseconds = Field(description="In the network, in milliseconds.")


class ScaledPrediction(Prediction):
    """One class at this scale: its score, and the map that accounts for it."""

    logits: list[Finite] = Field(description="What each look said, in the order of `views`; `logit` is their mean.")


class ScaledTiming(TimingInfo):
    """Where the time went when it was computed, in milliseconds; several looks may have overlapped."""

    passes: int = Field(ge=1, description="Through the network.")


class ScaledInfo(Contract):
    """What the network says of the stored photo at another scale, or at several."""

    explanation_id: str
    scale: Scale
    model: ModelInfo
    image: ImageInfo
    pixels: Literal["stored", "uploaded"] = Field(
        description="Which pixels the network was given: the stored copy's; at the explanation's own scale the "
        "uploaded file's, whose numbers are there already."
    )
    input: InputInfo = Field(description="Of several looks, the finest one's.")
    grid: GridInfo | None = Field(description="Of several looks, the raster that all maps were laid on.")
    exact: bool = Field(
        description="Whether mean(cam) + bias is the logit, to rounding. Of several looks, each is exact by itself and "
        "so is the mean of their logits; the maps are averaged, and `residual` is what that brought in."
    )
    account: list[str] = Field(description="The same for people, in whole sentences.")
    predictions: list[ScaledPrediction] = Field(
        description="The top five by probability at this scale, then the explanation's other classes; 20 at most."
    )
    views: list[ViewInfo] = Field(description="The looks that were taken.")
    url: str
    cams_url: str | None = Field(description="All classes' maps: float32, K x rows x columns, NumPy's format.")
    scores_url: str
    timing_ms: ScaledTiming


class RasterInfo(Contract):
    """How fine a map is."""

    rows: Annotated[int, Field(gt=0)]
    columns: Annotated[int, Field(gt=0)]


class OfferInfo(Contract):
    """A scale that can be asked for, and what it costs."""

    scale: Scale
    width: Side = Field(description="Of the input, in pixels; of several looks, the finest one's.")
    height: Side = Field(description="Of the input, in pixels; of several looks, the finest one's.")
    grid: RasterInfo | None = Field(description="Foretold until it is computed; null where there are no maps.")
    passes: int = Field(ge=1, description="Through the network.")
    estimated_ms: Milliseconds | None = Field(
        description="In the network when it is warm and alone, about: from the least that it took for a pixel of "
        "late; null where it has computed nothing yet."
    )
    measured_ms: Milliseconds | None = Field(description="In the network; null until it is computed.")
    known: bool = Field(description="Whether it is answered at once, for it is kept.")
    url: str


class OfferPage(Contract):
    """The scales there are for this photo and its network."""

    items: list[OfferInfo]
