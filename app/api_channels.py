"""The JSON API's part about a network's channels: thin routes over the use-case."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app import answers_channels, documents_channels
from app.answers import API
from app.api import ClassIndex, ExplanationId
from app.channel_accounts import Wanted
from app.deps import ChannelsDep
from app.documents import answer, problems
from app.schemas_channels import ChannelsInfo
from app.schemas_scales import OneScaleText
from model.channels import Sign

router = APIRouter(prefix=API)

MOST_CHANNELS = 64
Count = Annotated[int, Field(ge=1, le=MOST_CHANNELS)]


@router.get(
    "/explanations/{explanation_id}/channels",
    tags=["explanations"],
    summary="Take a score apart into channels",
    responses={
        200: answer("The strongest channels, and the rest.", documents_channels.CHANNELS),
        **problems(400, 404, 422, 429, 504),
    },
)
async def get_channels(
    request: Request,
    explanation_id: ExplanationId,
    channels: ChannelsDep,
    index: Annotated[ClassIndex, Query(alias="class", description="The class's index.")],
    versus: Annotated[
        ClassIndex | SkipJsonSchema[None],
        Query(description="A class whose score is subtracted: why the one and not the other."),
    ] = None,
    count: Annotated[Count, Query(description="How many channels at most.")] = 12,
    sign: Annotated[
        Sign, Query(description="Those that give, those that take, or both, by how much they bring.")
    ] = Sign.BOTH,
    scale: Annotated[
        OneScaleText | SkipJsonSchema[None], Query(description="Of the network's input; default the explanation's own.")
    ] = None,
) -> ChannelsInfo:
    """What each channel of the last feature maps brought to a class's logit, and where on the photo it did.

    The contributions, what the rest brings and the bias add up to the network's own logit, to rounding. The network
    sees the stored copy; what it says is kept with the explanation. 404 where no
    channels are behind the maps: of a `conv` head, whose last layer makes the maps itself, and of a head without maps.
    """
    found = await channels.ask(request, explanation_id, Wanted(index, versus, count, sign, scale))
    return await run_in_threadpool(answers_channels.channels_info, found)
