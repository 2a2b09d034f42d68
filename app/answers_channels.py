"""From a score, channel by channel, to the JSON contract."""

from app.answers import grid_info
from app.channel_accounts import Accounted
from app.schemas_channels import ChannelsInfo, ClassName
from app.weighed import account_info


def channels_info(found: Accounted) -> ChannelsInfo:
    """The whole answer."""
    labels, wanted = found.model.spec.labels, found.wanted
    versus = wanted.versus
    return ChannelsInfo(
        explanation_id=found.row.id,
        model=found.model.info(),
        chosen=ClassName(index=wanted.index, label=labels[wanted.index]),
        versus=None if versus is None else ClassName(index=versus, label=labels[versus]),
        pixels="stored",
        input=found.input.info(),
        grid=grid_info(found.grid),
        **dict(account_info(found.account)),
    )
