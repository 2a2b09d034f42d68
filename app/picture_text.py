"""What a picture of a map tells of itself, in the PNG file's own text: enough to know which map it is.

Nothing of the photo's own is in it. static/js/pngtext.js tells the same of the page's picture.
"""

from app.decimals import as_sent
from app.shown import ClassMap, default_colormap
from app.version import VERSION
from model.rendering import Style, limit

PREFIX = "Camscope:"


def picture_text(
    model_id: str, selected: ClassMap, rival: ClassMap | None, style: Style, full: float | None = None
) -> dict[str, str]:
    """By keyword: which network, class and colours, and the numbers in logits that belong to the map.

    Args:
        model_id: the bundle's, with its content hash
        selected: the class
        rival: the class whose map and numbers are subtracted
        style: how it is drawn
        full: what the strongest colour stands for, in logits; default the map's own limit

    Returns:
        "Software", and under PREFIX the rest; `limit` is what the strongest colour stands for. Numbers are the
        shortest decimals of the float32: mean(map) + bias = logit
    """
    values, logit, bias = selected.cam, selected.logit, selected.bias or 0.0
    if rival is not None and values is not None and rival.cam is not None:
        values, logit, bias = values - rival.cam, logit - rival.logit, bias - (rival.bias or 0.0)
    strongest = 0.0 if values is None else limit(values, style.mode) if full is None else full
    colormap = style.colormap or default_colormap(style.mode.value)
    told = {
        "model": model_id,
        "class": selected.label,
        "class-index": f"{selected.index}",
        **({} if rival is None else {"versus": rival.label, "versus-index": f"{rival.index}"}),
        "logit": _number(logit),
        "bias": _number(bias),
        "limit": _number(strongest),
        "mode": style.mode.value,
        "colormap": colormap,
    }
    return {"Software": f"Camscope {VERSION}", **{f"{PREFIX}{name}": words for name, words in told.items()}}


def _number(value: float) -> str:
    return f"{as_sent(value):.9g}"
