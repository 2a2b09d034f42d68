"""What a head's weights weigh in a photo, and a score taken apart into it, as JSON has it."""

import math

from app.decimals import as_sent
from app.errors import NotFound
from app.schemas_channels import AccountInfo, ChannelInfo, RestInfo
from app.text import gettext
from model.channels import Channel, ChannelAccount, Weighed
from model.classifier import Explanation
from model.spec import HeadKind, ModelSpec


def require_channels(spec: ModelSpec) -> None:
    """Refuse a network that has no channels behind its maps.

    Raises:
        NotFound: it has none; says why
    """
    match spec.head:
        case HeadKind.FC:
            raise NotFound(gettext("This network has no exact map, so there are no channels behind one."))
        case HeadKind.CONV:
            raise NotFound(
                gettext("This network's last layer makes the map of each class itself: no channels are behind it.")
            )


def weighed_of(explained: Explanation) -> Weighed:
    """What is behind the maps of an answer by a network that has channels (Classifier.with_features).

    Raises:
        ValueError: nothing is
    """
    if explained.maps is None or explained.maps.weight is None:
        raise ValueError("no channels are behind these maps")
    return Weighed(explained.maps.features, explained.maps.weight, explained.bias, explained.logits)


def account_info(account: ChannelAccount) -> AccountInfo:
    """The channels and the sums; the residual is that of the numbers as they are sent."""
    bias, logit = as_sent([account.bias, account.logit])
    listed = [_channel(channel) for channel in account.channels]
    rest = RestInfo(channels=account.rest.channels, contribution=account.rest.contribution)
    parts = [*(channel.contribution for channel in listed), rest.contribution, bias, -logit]
    return AccountInfo(
        total=len(listed) + rest.channels,
        channels=listed,
        rest=rest,
        given=account.given,
        taken=account.taken,
        bias=bias,
        logit=logit,
        residual=math.fsum(parts),
    )


def _channel(channel: Channel) -> ChannelInfo:
    weight, activation, contribution = as_sent([channel.weight, channel.activation, channel.contribution])
    return ChannelInfo(
        index=channel.index,
        weight=weight,
        activation=activation,
        contribution=contribution,
        map=as_sent(channel.map),
    )
