"""A model in words: what it is, what was measured, where it comes from."""

from collections.abc import Mapping
from typing import Any

from app.registry import Entry
from app.report_tables import Fact
from app.schemas_models import ModelDetails
from app.text import fixed, gettext, ngettext, percent
from app.units import MIB
from model.int8 import is_int8, read_int8
from model.spec import Activation, HeadKind

FIRST_LABELS = 4


def size(count: int) -> str:
    """36.6 MB, 12 kB"""
    if count < MIB / 10:
        return gettext("{size} kB").format(size=fixed(count / 1024, 0))
    return gettext("{size} MB").format(size=fixed(count / MIB, 1 if count < 100 * MIB else 0))


def head_in_words(kind: str) -> str:
    """What lies between a network's last maps and its classes."""
    _ = gettext
    return {
        HeadKind.GAP: _("average of the maps, linear"),
        HeadKind.GAP_NORM: _("average of the maps, normalised, linear"),
        HeadKind.CONV: _("a map for each class, averaged"),
        HeadKind.SUM: _("sum of the maps, linear"),
        HeadKind.GMP: _("maximum of the maps, linear"),
        HeadKind.FC: _("flattened maps, fully connected"),
    }[HeadKind(kind)]


def counted_classes(count: int) -> str:
    """5 classes"""
    return ngettext("{count} class", "{count} classes", count).format(count=f"{count:,}")


def first_labels(labels: tuple[str, ...]) -> str:
    """The first few, and a mark where there are more."""
    return ", ".join(labels[:FIRST_LABELS]) + (", …" if len(labels) > FIRST_LABELS else "")


def base_of(entry: Entry) -> Mapping[str, Any]:
    """Id and name of what a bundle was trained from; empty where it was not trained here."""
    base = entry.provenance.get("base")
    return base if isinstance(base, Mapping) else {}


def accuracy(metrics: Mapping[str, Any] | None) -> str | None:
    """In percent; None where it was not measured."""
    value = (metrics or {}).get("accuracy")
    return percent(float(value)) if isinstance(value, int | float) and 0 <= value <= 1 else None


def judged(metrics: Mapping[str, Any] | None) -> str | None:
    """On how many pictures it was judged."""
    count = (metrics or {}).get("val")
    if not isinstance(count, int | float):
        return None
    return ngettext("of {count} picture", "of {count} pictures", round(count)).format(count=f"{round(count):,}")


def facts(model: ModelDetails, disk: str) -> tuple[Fact, ...]:
    """What it is, in a few words each."""
    _ = gettext
    grades = {"macro_f1": _("Mean F1 of the classes"), "loss": _("Loss")}
    measured = model.metrics or {}
    right, on = accuracy(measured), judged(measured)
    found = [
        Fact(_("Accuracy"), f"{right} {on or ''}".strip()) if right else None,
        *(
            Fact(title, percent(value) if name == "macro_f1" else fixed(value))
            for name, title in grades.items()
            if (value := measured.get(name)) is not None
        ),
        Fact(_("Classes"), f"{model.classes:,}"),
        Fact(_("Labels per picture"), _("one") if model.activation == Activation.SOFTMAX else _("several")),
        Fact(_("Head"), head_in_words(model.head)),
        Fact(_("Maps"), _("exact") if model.exact else _("none: this head keeps no location")),
        Fact(_("Parameters"), f"{model.parameters:,}") if model.parameters is not None else None,
        Fact(_("Architecture"), model.architecture),
        Fact(_("On disk"), disk),
        Fact(_("Id"), model.id),
    ]
    return tuple(fact for fact in found if fact)


def told(provenance: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a bundle comes from, as far as it says: a sentence each."""
    sentences = (
        _trained(provenance),
        _data(provenance),
        _weights(provenance),
        _int8(provenance),
        _made_with(provenance),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "0"


def _trained(provenance: Mapping[str, Any]) -> str | None:
    base, training = _part(provenance, "base"), _part(provenance, "training")
    if not base:
        return None
    if training.get("kept") == "network":
        return gettext("Trained from {base}: its head and then the whole network.").format(base=base.get("name"))
    return gettext("Trained from {base}: its head alone, on the maps that {base} makes.").format(base=base.get("name"))


def _data(provenance: Mapping[str, Any]) -> str | None:
    data = _part(provenance, "data")
    counts = _part(data, "counts")
    if not {"train", "val"} <= counts.keys():
        return None
    if _part(provenance, "training").get("kept") == "network":
        sentence = gettext(
            "It learned from {train} pictures of “{name}”, was chosen by {held_out} more, and judged on {val} others."
        )
    else:
        sentence = gettext(
            "It learned from {train} pictures of “{name}” and was judged on {val} others. How long to learn was found "
            "with {held_out} of them held out at first."
        )
    values = {name: _count(counts.get(name)) for name in ("train", "held_out", "val")}
    return sentence.format(name=data.get("name", ""), **values)


def _weights(provenance: Mapping[str, Any]) -> str | None:
    weights = _part(provenance, "weights")
    source = weights.get("package") or weights.get("url") or weights.get("file")
    return gettext("Its weights began as those of {source}.").format(source=source) if source else None


def _int8(provenance: Mapping[str, Any]) -> str | None:
    if not is_int8(provenance):
        return None
    told = read_int8(provenance)
    if told is None:
        return gettext("Its convolutions run in int8; what that changes is not told.")
    found, speed = told.agreement, told.speed
    shown = ngettext("{count} picture", "{count} pictures", found.pictures).format(count=_count(found.pictures))
    if found.inputs != found.pictures:
        shown = gettext("{views} views of {pictures}").format(views=_count(found.inputs), pictures=shown)
    sentence = gettext(
        "Its convolutions run in int8. Beside {original}, on {shown}, it names the same class in {same}, "
        "and its logits differ by {gap} on average; it was {alone} times as fast where it was made."
    ).format(
        original=told.original_name,
        shown=shown,
        same=percent(found.same_class),
        gap=fixed(found.logit_difference),
        alone=fixed(speed.alone, 1),
    )
    if found.map_correlation is None or found.map_correlation_low is None:
        return sentence
    maps = gettext("Its maps correlate with those at {median} (the median picture) and {low} (the worst 5 %).").format(
        median=fixed(found.map_correlation, 3), low=fixed(found.map_correlation_low, 3)
    )
    return f"{sentence} {maps}"


def _made_with(provenance: Mapping[str, Any]) -> str | None:
    made = _part(provenance, "made_with")
    if not made:
        return None
    libraries = ", ".join(f"{name} {made[name]}" for name in sorted(made))
    return gettext("Made with {libraries}.").format(libraries=libraries)
