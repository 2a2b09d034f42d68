"""The JSON contract's part about a network's channels. What a field means is said here and nowhere else."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas import Contract, Finite, GridInfo, InputInfo, ModelInfo

Index = Annotated[int, Field(ge=0)]
Amount = Annotated[Finite, Field(ge=0)]


class ClassName(Contract):
    """A class of the network."""

    index: Index
    label: str


class ChannelInfo(Contract):
    """One channel's part in the logit."""

    index: Index
    weight: Finite = Field(description="Of the head; against another class, the difference of the two weights.")
    activation: Finite = Field(
        description="What the weight weighs: the channel's mean over the cells (`gap`), its sum (`sum`), its maximum "
        "(`gmp`), or its mean after the head's normalisation (`gap_norm`)."
    )
    contribution: Finite = Field(description="weight x activation, in logits.")
    map: list[list[Finite]] = Field(
        description="weight x channel, rows of columns, in logits: its mean is the contribution."
    )


class RestInfo(Contract):
    """The channels that are not listed."""

    channels: Annotated[int, Field(ge=0)]
    contribution: Finite = Field(description="Of all of them together, in logits.")


class AccountInfo(Contract):
    """A logit, or the lead over another class, channel by channel."""

    total: int = Field(gt=0, description="How many channels there are.")
    channels: list[ChannelInfo] = Field(description="Those listed, the strongest first.")
    rest: RestInfo
    given: Amount = Field(description="What all channels that give bring together, in logits.")
    taken: Amount = Field(description="What all channels that take take away together, in logits.")
    bias: Finite = Field(description="What the logit has from no channel; against another class, the difference.")
    logit: Finite = Field(description="The network's own; against another class, the margin.")
    residual: Finite = Field(description="All contributions + rest + bias - logit: rounding.")


class ChannelsInfo(AccountInfo):
    """A class's logit on the stored photo, or its lead over another class, channel by channel."""

    explanation_id: str
    model: ModelInfo
    chosen: ClassName = Field(description="The class.")
    versus: ClassName | None = Field(description="The class it is compared with; null for its logit alone.")
    pixels: Literal["stored"] = Field(
        description="The network saw the stored copy, so the logit may differ a little from the explanation's."
    )
    input: InputInfo
    grid: GridInfo
