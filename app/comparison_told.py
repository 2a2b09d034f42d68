"""A comparison in words: sentences, the account, shares, legends; of a drawn region as static/js/regiontold.js."""

from collections.abc import Sequence

from app.compared import Compared, Kind, Match, Measured, Seen
from app.comparing import SideBySide
from app.contexts_compare import AccountRow, Bar, Legend, ShareRow, Told
from app.looks import UPLOADED
from app.sentences import sentence
from app.shown import View, ramp
from app.text import decimals, fixed, gettext, percent, signed, summing_decimals, tiny
from model.evidence import Shares
from model.rendering import Mode, limit

DASH = "–"
POINTS = 0.05


def tell(found: SideBySide) -> Told:
    """Put a comparison in words."""
    compared, label = found.compared, found.compared.before.numbers.label
    comparison = compared.comparison
    strongest = 0.0 if comparison is None else limit(comparison.difference.values, Mode.SIGNED)
    proof, off = _proof(compared)
    return Told(
        title=_title(compared),
        no_difference=None if comparison is not None else _no_difference(found),
        one_class=_one_class(found) if compared.match is Match.CHOSEN else None,
        pixels=_pixels(found),
        resized=None if comparison is None or comparison.exact else _resized(compared),
        moved=None if comparison is None else sentence("moved", share=percent(comparison.moved), label=label),
        proof=proof,
        off=off,
        account=_account(compared),
        opposite=_opposite(compared),
        shares=_shares(compared.regions, label),
        no_region=sentence("no-region"),
        both=legend_of(compared.limit) if compared.limit > 0 else None,
        difference=None if comparison is None else legend_of(strongest),
    )


def region_name(kind: Kind) -> str:
    """What a region is called within a sentence."""
    return {
        Kind.BEFORE: gettext("the box of the map before"),
        Kind.AFTER: gettext("the box of the map after"),
        Kind.DRAWN: sentence("region-drawn"),
    }[kind]


def share_sentence(measured: Measured, label: str) -> str:
    """What a region holds of the evidence, before and after."""
    before, after = measured.before.given, measured.after.given
    values = {
        "region": region_name(measured.kind),
        "area": percent(measured.area),
        "before": _percent(before),
        "after": _percent(after),
        "label": label,
    }
    if before is None or after is None:
        return sentence("share-none", **values)
    points = fixed(abs(after - before) * 100, 1)
    if abs(after - before) * 100 < POINTS:
        return sentence("share-same", **values)
    return sentence("share-more" if after > before else "share-fewer", points=points, **values)


def _percent(value: float | None) -> str:
    return DASH if value is None else percent(value)


def _shares(regions: Sequence[Measured], label: str) -> tuple[ShareRow, ...]:
    titles = {
        Kind.BEFORE: gettext("Box of the map before"),
        Kind.AFTER: gettext("Box of the map after"),
        Kind.DRAWN: gettext("Your region"),
    }
    rows = [
        ShareRow(one.kind.value, titles[one.kind], share_sentence(one, label), share_bars(one.before, one.after))
        for one in regions
    ]
    if not regions or regions[-1].kind is not Kind.DRAWN:
        nothing = Shares(None, None)
        rows.append(ShareRow(Kind.DRAWN.value, titles[Kind.DRAWN], "", share_bars(nothing, nothing)))
    return tuple(rows)


def share_bars(before: Shares, after: Shares) -> tuple[Bar, ...]:
    """What is given and what is taken in a region, before and after."""
    named = (
        (gettext("adds, before"), before.given),
        (gettext("adds, after"), after.given),
        (gettext("takes, before"), before.taken),
        (gettext("takes, after"), after.taken),
    )
    return tuple(Bar(title, share or 0.0, _percent(share)) for title, share in named)


def _title(compared: Compared) -> str:
    names = compared.before.numbers.label, compared.after.numbers.label
    if compared.match is Match.LABEL:
        return names[0]
    return gettext("%(before)s and %(after)s") % {"before": names[0], "after": names[1]}


def _one_class(found: SideBySide) -> str:
    values = {"before": found.compared.before.numbers.label, "after": found.compared.after.numbers.label}
    return gettext("“%(before)s” and “%(after)s” are taken for one class because you chose so.") % values


def _no_difference(found: SideBySide) -> str:
    for side, one in ((found.before, found.compared.before), (found.after, found.compared.after)):
        if one.map is None:
            return gettext(
                "“%(name)s” has no exact map: its head mixes places in fully connected layers. So there is "
                "nothing to subtract, and Camscope draws nothing rather than something that only looks like it."
            ) % {"name": side.model.name}
    names = {"before": found.before.model.name, "after": found.after.model.name}
    if not found.compared.shared:
        return (
            gettext(
                "“%(before)s” and “%(after)s” know no class of the same name, so each shows a class of its own and "
                "there is nothing to subtract. Choose a class of each to compare them all the same."
            )
            % names
        )
    return gettext(
        "The two classes have different names, so there is nothing to subtract. Choose one that both networks know, "
        "or say which class of the second stands for that of the first."
    )


def _pixels(found: SideBySide) -> str:
    if found.other.look.pixels == UPLOADED:
        return gettext("Both models were given the uploaded photo itself.")
    if found.own.look.pixels == UPLOADED:
        return gettext(
            "%(own)s is no longer here: its numbers are those of the explanation, from the uploaded photo. "
            "%(other)s was given the stored copy."
        ) % {"own": found.own.model.name, "other": found.other.model.name}
    return gettext(
        "Both models were given the stored copy of the photo, so that they saw the same pixels; the numbers may "
        "differ from those of the explanation, which were made from the upload. Explain the same file with %(other)s "
        "as well, and both are compared on that."
    ) % {"other": found.other.model.name}


def _resized(compared: Compared) -> str:
    if compared.before.map is None or compared.after.map is None or compared.comparison is None:
        return ""
    grids = [compared.before.map.grid, compared.after.map.grid, compared.comparison.difference.grid]
    sizes = [f"{grid.columns} × {grid.rows}" for grid in grids]
    return gettext(
        "The two maps have other cells, %(before)s and %(after)s: for the difference both are resized to %(common)s."
    ) % {"before": sizes[0], "after": sizes[1], "common": sizes[2]}


def _proof(compared: Compared) -> tuple[str | None, str | None]:
    if compared.comparison is None:
        return None, None
    mean = compared.comparison.shift + compared.comparison.residual
    digits = summing_decimals(mean, 0, compared.comparison.shift)
    line = gettext("mean of the difference %(mean)s = logit less bias, after less before %(shift)s") % {
        "mean": signed(mean, digits),
        "shift": signed(compared.comparison.shift, digits),
    }
    return line, sentence("proof-off", residual=tiny(compared.comparison.residual))


def _opposite(compared: Compared) -> str | None:
    """Why probability and logit went different ways, where they did."""
    before, after = compared.before.numbers, compared.after.numbers
    rose, more = after.probability - before.probability, after.logit - before.logit
    if compared.match is Match.NONE or rose * more >= 0:
        return None
    return gettext(
        "The probability went one way and the logit the other: a probability hangs on the logits of all of a model’s "
        "classes, and the two models have other ones."
    )


def _account(compared: Compared) -> tuple[AccountRow, ...]:
    """The two logits as sums: what the cells add, what they take, the bias."""
    is_one = compared.match is not Match.NONE
    one, other = (_parts(seen) for seen in (compared.before, compared.after))
    sizes = [abs(value) for value in (*one.values(), *other.values()) if value is not None]
    digits = decimals(max(sizes))
    return tuple(_account_row(title, one[title], other[title], is_one, digits) for title in one)


def _parts(seen: Seen) -> dict[str, float | None]:
    """A logit and what it is the sum of, by what it is called."""
    evidence, numbers = seen.evidence, seen.numbers
    return {
        gettext("What the cells add"): None if evidence is None else evidence.given,
        gettext("What they take"): None if evidence is None else -evidence.taken,
        gettext("Bias, from no cell"): numbers.bias,
        gettext("Logit"): numbers.logit,
    }


def _account_row(title: str, before: float | None, after: float | None, is_one: bool, digits: int) -> AccountRow:
    change = None if before is None or after is None or not is_one else signed(after - before, digits)
    first, second = (None if value is None else signed(value, digits) for value in (before, after))
    return AccountRow(title, first, second, change)


def legend_of(strongest: float) -> Legend:
    """The legend of signed maps whose strongest colour stands for this many logits."""
    return Legend(signed(-strongest), signed(strongest), ramp(View(0)) if strongest > 0 else ())
