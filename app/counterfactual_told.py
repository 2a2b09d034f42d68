"""What became of an altered photo, in words: what head and network say, and why they differ."""

from collections.abc import Sequence

from app.alterations import Found, value
from app.text import fixed, gettext, percent, signed
from model.counterfactual import Change, Fill, Split

DECIMALS = 2
AGREED = 0.05  # logits: too little to look for reasons
CLOSE = 0.01  # mean probability: another order by chance differs from this one by as much


def sentences(found: Found, labels: Sequence[str]) -> list[str]:
    """What happened, and what the difference between prediction and network is due to.

    Args:
        found: the altered photo
        labels: of the network
    """
    told = [] if found.actual is None else [_first_place(found, labels)]
    told.append(_outcome(found, labels))
    if found.split is not None and found.actual is not None:
        told.append(_reason(found.split, found.linear))
    return told


def _first_place(found: Found, labels: Sequence[str]) -> str:
    """Whether the network has changed its mind."""
    before = int(found.before.probabilities.argmax())
    after = before if found.actual is None else int(found.actual.probabilities.argmax())
    chances = found.before.probabilities if found.actual is None else found.actual.probabilities
    names = {"label": labels[after], "probability": percent(float(chances[after])), "before": labels[before]}
    if after == before:
        told = gettext("The network still says “{label}”, with {probability}.")
    else:
        told = gettext("The network changes its mind: it says “{label}”, with {probability}, no longer “{before}”.")
    return told.format(**names)


def copy_sentence(copy: float, uploaded: float) -> str | None:
    """Why the numbers are not those of the explanation; None where they are.

    Args:
        copy: the class's probability on the stored copy
        uploaded: on the uploaded file
    """
    names = {"copy": percent(copy), "uploaded": percent(uploaded)}
    if names["copy"] == names["uploaded"]:
        return None
    return gettext(
        "All this is about the copy of the photo that is kept, on which the network says {copy}; on the file that was "
        "sent it said {uploaded}."
    ).format(**names)


def _outcome(found: Found, labels: Sequence[str]) -> str:
    asked, actual = found.asked, found.actual
    index, versus = asked.index, asked.versus
    erased = asked.alteration.change is Change.ERASE
    names = {
        "label": labels[index],
        "area": percent(asked.area),
        "before": percent(float(found.before.probabilities[index])),
        "predicted": percent(float(found.predicted.probabilities[index])),
    }
    if versus is not None:
        names |= {
            "other": labels[versus],
            "before": signed(value(asked, found.before.logits), DECIMALS),
            "predicted": signed(value(asked, found.predicted.logits), DECIMALS),
        }
    if actual is None:
        return _by_head(erased, versus is not None).format(**names)
    names["actual"] = percent(float(actual.probabilities[index]))
    if versus is not None:
        names["actual"] = signed(value(asked, actual.logits), DECIMALS)
        return _margin(erased, asked.alteration.fill).format(**names)
    return _by_network(erased, asked.alteration.fill).format(**names)


def _by_head(erased: bool, is_margin: bool) -> str:
    _ = gettext
    if is_margin and erased:
        return _(
            "Without this part, {area} of the photo, the head would put “{label}” {predicted} logits ahead of "
            "“{other}”; with it, it is {before}."
        )
    if is_margin:
        return _(
            "From this part alone, {area} of the photo, the head would put “{label}” {predicted} logits ahead of "
            "“{other}”; from all of it, it is {before}."
        )
    if erased:
        return _(
            "Without this part, {area} of the photo, the head would give “{label}” {predicted}; with it, it gives "
            "{before}."
        )
    return _(
        "From this part alone, {area} of the photo, the head would give “{label}” {predicted}; from all of it, it "
        "gives {before}."
    )


def _by_network(erased: bool, fill: Fill) -> str:
    _ = gettext
    if erased and fill is Fill.BLUR:
        return _(
            "“{label}” had {before}. Without this part, {area} of the photo, the head predicts {predicted}; with the "
            "part blurred, the network says {actual}."
        )
    if erased:
        return _(
            "“{label}” had {before}. Without this part, {area} of the photo, the head predicts {predicted}; with the "
            "part painted in the photo’s mean colour, the network says {actual}."
        )
    if fill is Fill.BLUR:
        return _(
            "“{label}” had {before}. From this part alone, {area} of the photo, the head predicts {predicted}; with "
            "everything else blurred, the network says {actual}."
        )
    return _(
        "“{label}” had {before}. From this part alone, {area} of the photo, the head predicts {predicted}; with "
        "everything else painted in the photo’s mean colour, the network says {actual}."
    )


def _margin(erased: bool, fill: Fill) -> str:
    _ = gettext
    if erased and fill is Fill.BLUR:
        return _(
            "“{label}” was {before} logits ahead of “{other}”. Without this part, {area} of the photo, the head "
            "predicts {predicted}; with the part blurred, the network says {actual}."
        )
    if erased:
        return _(
            "“{label}” was {before} logits ahead of “{other}”. Without this part, {area} of the photo, the head "
            "predicts {predicted}; with the part painted in the photo’s mean colour, the network says {actual}."
        )
    if fill is Fill.BLUR:
        return _(
            "“{label}” was {before} logits ahead of “{other}”. From this part alone, {area} of the photo, the head "
            "predicts {predicted}; with everything else blurred, the network says {actual}."
        )
    return _(
        "“{label}” was {before} logits ahead of “{other}”. From this part alone, {area} of the photo, the head "
        "predicts {predicted}; with everything else painted in the photo’s mean colour, the network says {actual}."
    )


def _reason(split: Split, linear: bool) -> str:
    names = {name: signed(getattr(split, name), DECIMALS) for name in ("context", "filling", "rescaling", "difference")}
    return (_linear_reason(split) if linear else _other_reason(split)).format(**names)


def _linear_reason(split: Split) -> str:
    _ = gettext
    if abs(split.difference) < AGREED and max(abs(split.context), abs(split.filling)) < AGREED:
        return _("The network does what its head predicts, to {difference} logits.")
    if abs(split.context) >= abs(split.filling):
        return _(
            "The network differs from the prediction by {difference} logits, mostly because the cells that are left "
            "saw beyond their square: {context} is theirs; {filling} comes from the filled ones."
        )
    return _(
        "The network differs from the prediction by {difference} logits, mostly because the filled cells are not "
        "silent: {filling} comes from them, from the fill and from what they see around it; {context} from the cells "
        "that are left, which saw beyond their square."
    )


def _other_reason(split: Split) -> str:
    _ = gettext
    if max(abs(split.context), abs(split.filling), abs(split.rescaling)) < AGREED:
        return _("The network does what its head predicts, to {difference} logits.")
    if abs(split.rescaling) > max(abs(split.context), abs(split.filling)):
        return _(
            "The network differs from the prediction by {difference} logits, mostly because its head is not a plain "
            "sum: {rescaling} is due to that, {context} to the cells that are left, {filling} to the filled ones."
        )
    if abs(split.context) >= abs(split.filling):
        return _(
            "The network differs from the prediction by {difference} logits, mostly because the cells that are left "
            "saw beyond their square: {context} is theirs; {filling} comes from the filled ones, and {rescaling} "
            "from the head, which is not a plain sum."
        )
    return _(
        "The network differs from the prediction by {difference} logits, mostly because the filled cells are not "
        "silent: {filling} comes from them, {context} from the cells that are left, and {rescaling} from the head, "
        "which is not a plain sum."
    )


def curve_sentence(label: str, deletion: tuple[float, float], insertion: tuple[float, float]) -> str:
    """Whether the order of the map tells more than chance; by how little nobody can say it.

    Args:
        label: the class
        deletion: mean probabilities while the photo loses cells: in the map's order, and by chance
        insertion: while it gets them
    """
    _ = gettext
    names = {
        "label": label,
        "lost": fixed(deletion[0], 3),
        "lost_by_chance": fixed(deletion[1], 3),
        "got": fixed(insertion[0], 3),
        "got_by_chance": fixed(insertion[1], 3),
        "margin": fixed(CLOSE, 2),
    }
    leads = (deletion[1] - deletion[0], insertion[0] - insertion[1])
    passed = sum(lead > CLOSE for lead in leads)
    if max(map(abs, leads)) <= CLOSE:
        told = _(
            "Too close to tell: the mean probability of “{label}” is {lost} when the strongest cells go first, by "
            "chance {lost_by_chance}; and {got} when they come first, by chance {got_by_chance}. Differences of no "
            "more than {margin} say nothing."
        )
    elif passed == 2:
        told = _(
            "The map passes this test: “{label}” is lost sooner when the strongest cells go first (mean probability "
            "{lost}, by chance {lost_by_chance}), and found sooner when they come first ({got}, by chance "
            "{got_by_chance})."
        )
    elif passed == 1:
        told = _(
            "The map passes half of this test: the mean probability of “{label}” is {lost} when the strongest cells go "
            "first, by chance {lost_by_chance}; and {got} when they come first, by chance {got_by_chance}."
        )
    else:
        told = _(
            "The map does not pass this test, in which an order by chance does as well: the mean probability of "
            "“{label}” is {lost} when the strongest cells go first, by chance {lost_by_chance}; and {got} when they "
            "come first, by chance {got_by_chance}."
        )
    return told.format(**names)
