"""What is exact about a photo's looks at one scale or several, in words and in numbers."""

from app.scaled import Told
from app.schemas_scales import ViewInfo
from app.text import gettext
from model.spec import HeadKind, ModelSpec

DIGITS = 3


def account(spec: ModelSpec, looks: int, is_own: bool = False) -> list[str]:
    """Whole sentences for people.

    Args:
        spec: of the network
        looks: how many there are
        is_own: whether it is an explanation's own scale, so that its own numbers are shown
    """
    if not spec.exact:
        first = gettext("This network has no exact map, so there are scores alone.")
    elif looks == 1:
        first = gettext("Every map is exact: the mean of its cells and the bias add up to the network's own score.")
    else:
        first = gettext(
            "Each of the %(looks)s looks is exact by itself, and each score is the mean of what the network said; "
            "where the evidence lies is averaged on one raster, and the residual is what that brought in."
        ) % {"looks": looks}
    said = [first]
    if is_own:
        said.append(gettext("This is the explanation's own scale, so these are its own numbers."))
    if spec.preprocessing.fixed_size:
        said.append(gettext("This network takes one input size, so it sees the same at every scale."))
    elif spec.head is HeadKind.SUM:
        said.append(
            gettext("This network adds its cells up instead of averaging them, so its scores grow with the input.")
        )
    return said


def view_info(one: Told) -> ViewInfo:
    """One look, for JSON."""
    has_maps = one.rows > 0
    return ViewInfo(
        scale=one.scale,
        mirrored=one.mirrored,
        width=one.width,
        height=one.height,
        rows=one.rows if has_maps else None,
        columns=one.columns if has_maps else None,
        residual=one.residual if has_maps else None,
        forward=round(one.forward_ms, DIGITS),
    )
