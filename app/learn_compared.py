"""The server's comparisons of heads, as the room of global pooling shows them."""

from collections.abc import Sequence

from app.comparison_claims import claims, rated
from app.comparison_report import descriptions
from app.contexts_learn import Named
from app.contexts_learn_global_pooling import ComparedHead, ComparedHeads
from app.text import fixed, gettext, moment
from model.head_comparison import HeadComparison, HeadFigures


def compared_heads(comparisons: Sequence[HeadComparison], number: int, base: str) -> ComparedHeads | None:
    """One of the server's comparisons of heads."""
    if not comparisons:
        return None
    at = min(number, len(comparisons) - 1)
    one = comparisons[at]
    about = gettext(
        "{heads} heads on the maps of {base}: learned from {train} pictures of “{data}” in {classes} classes, judged "
        "on {val} others, {seeds} times each. {moment}."
    )
    return ComparedHeads(
        choices=tuple(
            Named(str(place), f"{kept.data}, {moment(kept.created_at)}") for place, kept in enumerate(comparisons)
        ),
        chosen=str(at),
        about=about.format(
            heads=len(one.heads), base=one.base, train=f"{one.train:,}", data=one.data, classes=f"{len(one.labels):,}",
            val=f"{one.val:,}", seeds=len(one.seeds), moment=moment(one.created_at),
        ),
        same=one.base == base,
        heads=tuple(map(_compared, one.heads)),
        claims=claims(one),
    )  # fmt: skip


def _compared(head: HeadFigures) -> ComparedHead:
    return ComparedHead(
        name=head.head,
        what=descriptions()[head.head],
        parameters=f"{head.parameters:,}",
        train=rated(head.train_accuracy),
        val=rated(head.val_accuracy),
        gap=fixed(100 * head.gap.mean, 1),
        moved=rated(head.shifted[-1].accuracy) if head.shifted else "–",
        other_size=rated(head.other_size) if head.other_size else gettext("does not work"),
    )
