"""The room of global pooling in words and pictures."""

from collections.abc import Sequence

import numpy as np

from app.answers_learn import strongest
from app.contexts_learn import Named
from app.contexts_learn_global_pooling import HeadLine, JudgedLine, MapShown, PooledShown, SizeLine, VectorShown
from app.decimals import as_sent
from app.errors import Unusable
from app.examples import examples
from app.layer_groups import HIDDEN
from app.learn_global_pooling import Judged, Pooled, PooledAsked, likeness, maps_of, means_of
from app.learn_pictures import photo_picture, vector_picture
from app.learn_visit import Looked, Picked, others
from app.schemas_learn_global_pooling import JudgedInfo, SizeInfo
from app.text import fixed, gettext
from model.cam import Array
from model.rendering import Mode, Style, overlay
from model.spec import HeadKind, ModelSpec

STRONGEST = 4
OVER = Style(Mode.POSITIVE, grey=True)
SIGNED = Style(grey=True)


def pooled_shown(picked: Picked, found: Pooled, judged: Sequence[Judged], asked: PooledAsked) -> PooledShown:
    """All that the room shows.

    Raises:
        Unusable: the network has no such map
    """
    first, spec = found.sizes[0], picked.entry.spec
    maps = maps_of(first.answer)
    titles = {example.name: example.title for example in examples()}
    return PooledShown(
        maps=_maps(first, asked.map),
        count=len(maps),
        heads=_heads(maps, len(spec.labels)),
        sizes=tuple(_size_line(info) for info in size_infos(picked, found)),
        note=_note(spec),
        vectors=_vectors(found, titles[found.name]),
        others=tuple(Named(name, titles[name]) for name in others(picked)),
        asked={"other": found.name, "map": str(max(asked.map, 0) + 1)},
        judged=tuple(_judged(one) for one in judged),
    )


def _maps(looked: Looked, number: int) -> tuple[MapShown, ...]:
    maps = maps_of(looked.answer)
    if number >= len(maps):
        raise Unusable(f"'map' takes 0 to {len(maps) - 1}.")
    shown = dict.fromkeys([*([number] if number >= 0 else []), *strongest(maps, STRONGEST)])
    return tuple(_map(looked, maps[at], at) for at in shown)


def _map(looked: Looked, values: Array, at: int) -> MapShown:
    title = gettext("Map {number}").format(number=f"{at + 1:,}")
    style = SIGNED if float(values.min()) < 0 else OVER
    pixels, grid = looked.input.pixels, looked.answer.grid
    picture = photo_picture(
        pixels if grid is None else overlay(pixels, values, grid, style, looked.input.photo_size), title
    )
    numbers = float(values.mean(dtype=np.float64)), float(values.max()), float(values.sum(dtype=np.float64))
    return MapShown(title, picture, *(fixed(number) for number in numbers))


def _heads(maps: Array, classes: int) -> tuple[HeadLine, ...]:
    """What could follow the maps, and what it would cost."""
    _ = gettext
    channels, flat = len(maps), maps.size
    layer = (channels + 1) * classes
    hidden = (flat + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN
    any_size, one_size = _("any"), _("this one alone")
    pooled = [HeadLine(title, "0", f"{channels:,}", f"{layer:,}", any_size) for title in (
        _("Average of each map"), _("Maximum of each map"), _("Sum of each map"))]  # fmt: skip
    return (
        *pooled,
        HeadLine(_("Flatten: every cell"), "0", f"{flat:,}", f"{(flat + 1) * classes:,}", one_size),
        HeadLine(
            _("Flatten, then two layers of {count}").format(count=f"{HIDDEN:,}"),
            f"{hidden:,}", f"{HIDDEN:,}", f"{(HIDDEN + 1) * classes:,}", one_size,
        ),
    )  # fmt: skip


def size_infos(picked: Picked, found: Pooled) -> list[SizeInfo]:
    """The photo at several sizes, as JSON."""
    first = means_of(found.sizes[0].answer)
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
                likeness=likeness(first, means_of(answer)),
            )
        )
    return infos


def _size_line(info: SizeInfo) -> SizeLine:
    return SizeLine(
        f"{info.width} × {info.height}",
        f"{info.columns} × {info.rows}",
        f"{info.cells:,}",
        f"{info.vector:,}",
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


def _vectors(found: Pooled, other: str) -> tuple[VectorShown, ...]:
    """The photo's vector, its mirror image's and another photo's, in the same colours."""
    _ = gettext
    titled = [(_("This photo"), found.sizes[0]), (_("Its mirror image"), found.mirrored), (other, found.other)]
    vectors = [means_of(looked.answer) for _title, looked in titled]
    full = float(max(np.abs(vector).max() for vector in vectors))
    return tuple(
        VectorShown(title, vector_picture(vector, title, full), fixed(likeness(vectors[0], vector), 3))
        for (title, _looked), vector in zip(titled, vectors, strict=True)
    )


def _judged(one: Judged) -> JudgedLine:
    _ = gettext
    titles = {
        "average": _("Average of each map"),
        "maximum": _("Maximum of each map"),
        "flatten": _("Flatten: every cell"),
    }
    told = _("{right} of {count}, lead {lead}")
    learned, new = (
        told.format(right=right, count=count, lead=fixed(lead, 2))
        for (count, right), lead in ((one.learned, one.learned_lead), (one.new, one.new_lead))
    )
    return JudgedLine(titles[one.name], f"{one.parameters:,}", learned, new)


def judged_info(one: Judged) -> JudgedInfo:
    """A head, as JSON."""
    return JudgedInfo(
        name=one.name,
        parameters=one.parameters,
        learned=one.learned[0],
        learned_right=one.learned[1],
        learned_lead=one.learned_lead,
        new=one.new[0],
        new_right=one.new[1],
        new_lead=one.new_lead,
    )
