"""The room of global pooling in words and pictures."""

from collections.abc import Sequence

import numpy as np

from app.answers_learn import strongest
from app.contexts_learn import Named
from app.contexts_learn_global_pooling import (
    ApartMap,
    HeadLine,
    MapShown,
    PooledShown,
    SizeLine,
    VectorShown,
)
from app.decimals import as_sent
from app.errors import Unusable
from app.examples import examples
from app.layer_groups import HIDDEN
from app.learn_compared import compared_heads
from app.learn_flattened import others
from app.learn_global_pooling import Left, Pooled, PooledAsked, likeness, maps_of, vector_of
from app.learn_judging import Cut, Judged
from app.learn_judging_told import judged_shown, view_choices
from app.learn_pictures import photo_picture, vector_picture
from app.learn_visit import Looked, Picked
from app.schemas_learn_global_pooling import SizeInfo
from app.text import fixed, gettext, signed
from model.cam import Array
from model.classifier import Explanation
from model.head_comparison import HeadComparison
from model.rendering import Mode, Style, overlay
from model.spec import HeadKind, ModelSpec

STRONGEST, APART = 4, 3
OVER = Style(Mode.POSITIVE, grey=True)
SIGNED = Style(grey=True)


def pooled_shown(
    picked: Picked,
    found: Pooled,
    judged: Sequence[Judged],
    asked: PooledAsked,
    comparisons: Sequence[HeadComparison],
) -> PooledShown:
    """All that the room shows.

    Raises:
        Unusable: the network has no such map
    """
    first, spec = found.sizes[0], picked.entry.spec
    maps = maps_of(first.answer)
    best = _most_giving(first.answer)
    titles = {example.name: example.title for example in examples()}
    return PooledShown(
        maps=_maps(first, best, asked.map, spec.labels),
        count=len(maps),
        label=spec.labels[int(first.answer.logits.argmax())],
        heads=_heads(maps, spec),
        sizes=tuple(_size_line(info, maps.size) for info in size_infos(picked, found)),
        any_size=spec.preprocessing.fixed_size is None,
        note=_note(spec),
        vectors=_vectors(found, titles.get(found.key, gettext("Your other photo")), asked.left),
        full=fixed(
            max(float(np.abs(vector_of(one.answer, asked.left)).max()) for one in (first, found.mirrored, found.other))
        ),
        apart=_apart(found, asked.left),
        lefts=_lefts(),
        views=view_choices(asked),
        cuts=(
            Named(Cut.QUARTERS, gettext("each photo’s four quarters")),
            Named(Cut.WHOLE, gettext("whole photos")),
        ),
        asked=_fields(asked) | {"other": found.key, "map": str(asked.map or best[0] + 1)},
        photos=tuple(asked.photos) or others(picked),
        judged=judged_shown(judged, asked) if judged else None,
        compared=compared_heads(comparisons, asked.comparison, picked.entry.id),
    )


def _fields(asked: PooledAsked) -> dict[str, str]:
    """What is one value each, as it stands in the form."""
    values = asked.model_dump(mode="json", exclude={"photos", "learned", "measure"})
    return {name: str(value) for name, value in values.items()}


def _lefts() -> tuple[Named, ...]:
    return Named(Left.AVERAGE, gettext("the average of each map")), Named(
        Left.MAXIMUM, gettext("the maximum of each map")
    )


def _gifts(answer: Explanation) -> Array | None:
    """What each map gives to the most probable class, in logits, (C,); None where the maps are the classes' own."""
    if answer.maps is None or answer.maps.weight is None:
        return None
    means = answer.maps.features.mean(axis=(1, 2), dtype=np.float64)
    return np.asarray(answer.maps.weight[int(answer.logits.argmax())] * means)


def _most_giving(answer: Explanation) -> list[int]:
    """The maps that give most to the most probable class; where none is known to, those that differ most."""
    gifts = _gifts(answer)
    if gifts is None:
        return strongest(maps_of(answer), STRONGEST)
    return [int(at) for at in np.argsort(-gifts, kind="stable")[:STRONGEST]]


def _maps(looked: Looked, best: Sequence[int], number: int, labels: Sequence[str]) -> tuple[MapShown, ...]:
    maps, gifts = maps_of(looked.answer), _gifts(looked.answer)
    if number > len(maps):
        raise Unusable(f"'map' takes 1 to {len(maps)}.")
    label = labels[int(looked.answer.logits.argmax())]
    told = gettext("Weighed for “{label}” it gives {gift} logits.")
    shown = [*dict.fromkeys([*([number - 1] if number else []), *best])][:STRONGEST]
    gives = {at: "" if gifts is None else told.format(label=label, gift=signed(float(gifts[at]), 2)) for at in shown}
    return tuple(_map(looked, maps[at], at, gives[at]) for at in shown)


def _map(looked: Looked, values: Array, at: int, gives: str) -> MapShown:
    title = gettext("Map {number}").format(number=f"{at + 1:,}")
    style = SIGNED if float(values.min()) < 0 else OVER
    pixels, grid = looked.input.pixels, looked.answer.grid
    picture = photo_picture(
        pixels if grid is None else overlay(pixels, values, grid, style, looked.input.photo_size), title
    )
    average, maximum, total = (
        float(values.mean(dtype=np.float64)),
        float(values.max()),
        float(values.sum(dtype=np.float64)),
    )
    return MapShown(title, picture, fixed(average), fixed(maximum), fixed(total), gives)


def _heads(maps: Array, spec: ModelSpec) -> tuple[HeadLine, ...]:
    """What could follow the maps, and what it would cost."""
    _ = gettext
    channels, flat, classes = len(maps), maps.size, len(spec.labels)
    layer = (channels + 1) * classes
    hidden = (flat + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN
    any_size, one_size = _("any"), _("this one alone")
    grows = _("any; the sum grows with it")
    pooled = {
        _("Average of each map"): any_size,
        _("Maximum of each map"): any_size,
        _("Sum of each map"): grows,
    }
    return (
        *(HeadLine(title, "0", f"{channels:,}", f"{layer:,}", sizes) for title, sizes in pooled.items()),
        HeadLine(_("Flatten: every cell"), "0", f"{flat:,}", f"{(flat + 1) * classes:,}", one_size),
        HeadLine(
            _("Flatten, then two layers of {count}").format(count=f"{HIDDEN:,}"),
            f"{hidden:,}", f"{HIDDEN:,}", f"{(HIDDEN + 1) * classes:,}", one_size,
        ),
    )  # fmt: skip


def size_infos(picked: Picked, found: Pooled) -> list[SizeInfo]:
    """The photo at several sizes, as JSON."""
    first = vector_of(found.sizes[0].answer)
    infos = []
    for looked in found.sizes:
        answer, maps = looked.answer, maps_of(looked.answer)
        index = int(answer.logits.argmax())
        infos.append(
            SizeInfo(
                scale=looked.input.scale,
                width=answer.input_width,
                height=answer.input_height,
                rows=maps.shape[1],
                columns=maps.shape[2],
                cells=maps.size,
                vector=len(maps),
                index=index,
                label=picked.entry.spec.labels[index],
                logit=as_sent(answer.logits[index]),
                likeness=likeness(first, vector_of(answer)),
            )
        )
    return infos


def _size_line(info: SizeInfo, first: int) -> SizeLine:
    return SizeLine(
        f"{info.width} × {info.height}",
        f"{info.columns} × {info.rows}",
        f"{info.cells:,}",
        f"{info.vector:,}",
        info.cells == first,
        info.label,
        fixed(info.logit),
        fixed(info.likeness, 3),
    )


def _note(spec: ModelSpec) -> str:
    """What this network's own head makes of sizes."""
    if spec.preprocessing.fixed_size:
        return gettext("This network was made for one input size, so there is only that one.")
    if spec.head is HeadKind.SUM:
        return gettext("This network’s head adds the cells up, so its logits grow with the input.")
    return gettext("The weights are the same each time, and so is how many numbers the head gets.")


def _vectors(found: Pooled, other: str, left: Left) -> tuple[VectorShown, ...]:
    """The photo's vector, its mirror image's and another photo's, in the same colours."""
    _ = gettext
    titled = [(_("This photo"), found.sizes[0]), (_("Its mirror image"), found.mirrored), (other, found.other)]
    vectors = [vector_of(looked.answer, left) for _title, looked in titled]
    full = _largest(found, left)
    return tuple(
        VectorShown(
            title,
            vector_picture(vector, title, full),
            fixed(likeness(vectors[0], vector), 3),
            tuple(round(float(value), 2) for value in vector),
        )
        for (title, _looked), vector in zip(titled, vectors, strict=True)
    )


def _largest(found: Pooled, left: Left) -> float:
    """The largest magnitude in any of the three vectors."""
    return max(
        float(np.abs(vector_of(one.answer, left)).max()) for one in (found.sizes[0], found.mirrored, found.other)
    )


def _apart(found: Pooled, left: Left) -> tuple[ApartMap, ...]:
    """Maps of which most more is left of the one photo, then of the other."""
    here, there = (vector_of(looked.answer, left) for looked in (found.sizes[0], found.other))
    order = np.argsort(there - here, kind="stable")
    chosen = dict.fromkeys([*order[:APART].tolist(), *order[::-1][:APART].tolist()])
    return tuple(ApartMap(at + 1, fixed(float(here[at])), fixed(float(there[at]))) for at in chosen)
