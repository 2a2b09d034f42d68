"""The JSON contract's part about panels side by side. What a field means is said here and nowhere else."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas import Contract, Finite, GridInfo, ImageInfo, InputInfo, ModelInfo
from app.schemas_compare import Ranked

Limit = Annotated[Finite, Field(ge=0)]


class PanelInfo(Contract):
    """One panel: a photo, a network, and a class, alone or against another; null where the head has no map."""

    panel: str = Field(description="What leads to this panel, its class and model named.")
    explanation_id: str
    model: ModelInfo
    pixels: Literal["stored", "uploaded"] = Field(
        description="Which pixels the network was given: the uploaded file's, or the stored copy's, which all panels "
        "of a photo show where one of them is of another model than the explanation's own."
    )
    image: ImageInfo
    input: InputInfo = Field(description="Of several looks, the finest one's.")
    fused: bool = Field(description="Whether map, bias and score are the means of looks at all scales and mirrored.")
    grid: GridInfo | None
    shown: Ranked
    versus: Ranked | None = Field(description="The class whose map is subtracted.")
    score: Finite = Field(description="The logit; against another class, the margin: the difference of the two logits.")
    bias: Finite | None = Field(description="What the score has from no cell at all.")
    residual: Finite | None = Field(description="mean(cam) + bias - score.")
    cam: list[list[Finite]] | None = Field(description="The map, or the difference of the two, in logits.")
    limit: Limit = Field(description="Its own largest magnitude, in logits.")


class PanelsInfo(Contract):
    """Several maps side by side."""

    items: list[PanelInfo]
    limit: Limit = Field(
        description="The largest magnitude in any of them, in logits: full colour where the scale is shared."
    )
    picture_url: str = Field(description="All of them as one picture.")
    page_url: str
