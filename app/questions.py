"""What somebody wants to know about a photo, and whether that makes sense."""

from dataclasses import dataclass

from app.classes import DEFAULT_TOP_K, named_classes
from app.errors import Unusable
from app.registry import Entry, Registry
from model.spec import SCALES


@dataclass(frozen=True)
class Wish:
    """What somebody wants to know about a photo.

    Attributes:
        model: a bundle's id or name; default the server's first
        top_k: how many of the most probable classes, 1..K; default 5, or K where that is less
        classes: labels, or indices as "index:285", to explain as well
        scale: of the input, one of SCALES
        store: whether to keep the answer
    """

    model: str | None = None
    top_k: int | None = None
    classes: tuple[str, ...] = ()
    scale: float = 1
    store: bool = True


@dataclass(frozen=True)
class Question:
    """A wish that makes sense: its bundle, its classes as indices, and the scale the network really gets."""

    entry: Entry
    top_k: int
    extra: tuple[int, ...]
    scale: float
    store: bool


def question(wish: Wish, registry: Registry) -> Question:
    """Refuse what cannot be answered before any work is done.

    A network of one fixed input size takes any scale as 1, for it sees the same.

    Raises:
        NotReady: there is no bundle at all
        Unusable: there is no such bundle, class or scale, or there are not so many classes
    """
    entry = registry.find(wish.model)
    spec = entry.spec
    if wish.scale not in SCALES:
        raise Unusable(f"'scale' takes {', '.join(f'{scale:g}' for scale in SCALES)}; not {wish.scale:g}.")
    if wish.top_k is not None and not 1 <= wish.top_k <= spec.classes:
        raise Unusable(f"'top_k' takes 1 to {spec.classes}, as many classes as '{entry.name}' has.")
    return Question(
        entry=entry,
        top_k=min(DEFAULT_TOP_K, spec.classes) if wish.top_k is None else wish.top_k,
        extra=named_classes(spec.labels, wish.classes),
        scale=1 if spec.preprocessing.fixed_size else wish.scale,
        store=wish.store,
    )
