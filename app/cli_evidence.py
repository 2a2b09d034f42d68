"""`camscope explain --region … --erase …`: what a part of each photo carries, and whether the network needs it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from app.alterations import Alteration
    from model.classifier import Classifier
    from model.classifier import Explanation as ClassifierAnswer
    from model.coverage import Place
    from model.photos import Pixels

FILLS = ("blur", "mean")
VersusOption = Annotated[
    str | None,
    typer.Option(help="Why the class and not this one: a label or index:285.", show_default=False),
]
RegionOption = Annotated[
    str | None,
    typer.Option(help="Which part: left,top,right,bottom in pixels of the photo.", show_default=False),
]
EraseOption = Annotated[
    str | None,
    typer.Option(
        metavar="region|evidence:0.2",
        help="Ask the network without the region, or without this part of the cells that add to the class.",
        show_default=False,
    ),
]
KeepOption = Annotated[
    str | None,
    typer.Option(metavar="region|evidence:0.2", help="Ask it without everything else.", show_default=False),
]
FillOption = Annotated[str, typer.Option(help="What comes instead: blur, or mean for the mean colour.")]


@dataclass(frozen=True)
class Question:
    """What is asked of a part of every photo.

    Attributes:
        alteration: which part, and what is done to it
        with_network: whether the network is asked without it, and not its head alone
    """

    alteration: "Alteration"
    with_network: bool


@dataclass(frozen=True, eq=False)
class Part:
    """What became of the question for one photo.

    Attributes:
        answer: as the API would answer it
        altered: what the network was shown, (H, W, 3); None where it was not asked
    """

    answer: dict[str, Any]
    altered: "Pixels | None"


def question(
    label: str | None, versus: str | None, region: str | None, erase: str | None, keep: str | None, fill: str
) -> Question | None:
    """What the options ask; None where they ask nothing.

    Raises:
        typer.BadParameter: they do not fit each other
    """
    if versus is None and region is None and erase is None and keep is None:
        return None
    from app.alterations import Alteration
    from app.compared import read_region
    from app.errors import Unusable
    from model.counterfactual import Change, Fill

    if erase is not None and keep is not None:
        raise typer.BadParameter("--erase and --keep do not go together")
    if fill not in FILLS:
        raise typer.BadParameter(f"--fill takes {' or '.join(FILLS)}, not {fill}")
    fraction = _fraction(erase or keep, "--keep" if erase is None else "--erase", region is not None)
    place: Place | float = fraction
    if region is not None:
        try:
            place = read_region(region)
        except Unusable as error:
            raise typer.BadParameter(f"--region: {error}") from None
    change = Change.ERASE if keep is None else Change.KEEP
    asked = erase is not None or keep is not None
    return Question(Alteration(place, label, versus, change, Fill(fill)), asked)


def _fraction(what: str | None, option: str, has_region: bool) -> float:
    """Of the cells that add to the class; whatever it is where there is a region."""
    from app.schemas_counterfactual import EVIDENCE

    if what is None:
        return EVIDENCE
    kind, _, number = what.partition(":")
    if (kind == "region") != has_region or kind not in ("region", "evidence") or (kind == "region" and number):
        raise typer.BadParameter(f"{option} takes 'region' with --region, or 'evidence:0.2' without; not {what}")
    try:
        fraction = float(number or EVIDENCE)
    except ValueError:
        fraction = -1
    if not 0 < fraction <= 1:
        raise typer.BadParameter(f"{option} evidence: takes a part of the cells, more than 0 up to 1; not {number}")
    return fraction


def found(
    asked: Question, network: "Classifier", pixels: "Pixels", said: "ClassifierAnswer", size: tuple[int, int]
) -> "Part":
    """What became of the question for one photo.

    Args:
        asked: the question
        network: that said it
        pixels: of the photo, as the network's input was made from
        said: what it said of the photo
        size: (width, height) of the photo

    Raises:
        Unusable: there is no such class or no such part, or the network has no maps
        InferenceError: the network's answer is no answer
    """
    from app.alterations import altered, ask, find, said_of
    from app.answers_counterfactual import what_was_found
    from app.errors import Unusable
    from model.counterfactual import fill_of
    from model.photos import Photo

    if said.maps is None or said.grid is None:
        raise Unusable("This network has no exact map, so there is no evidence to ask about.")
    spec = network.spec
    subject = ask(asked.alteration, spec, said.logits, said.maps, said.grid, size)
    after = without = None
    if asked.with_network:
        without = altered(pixels, fill_of(pixels, asked.alteration.fill), subject, size)
        [answer] = network.answer([network.prepare(Photo(without, "PNG", size), said.scale)])
        after = said_of(answer, subject)
    outcome = find(subject, spec, network.bundle.head, said_of(said, subject), after)
    return Part(what_was_found(outcome, spec.labels), without)


def check(asked: Question, labels: tuple[str, ...]) -> Question:
    """The question, once its classes are known to be there.

    Raises:
        Unusable: one is not
    """
    from app.classes import named_classes

    alteration = asked.alteration
    indices = [
        None if name is None else f"index:{named_classes(labels, [name], field)[0]}"
        for name, field in ((alteration.label, "--class"), (alteration.versus, "--versus"))
    ]
    return replace(asked, alteration=replace(alteration, label=indices[0], versus=indices[1]))


def table(answer: dict[str, Any]) -> "Table":
    """What each class has from the part."""
    from rich.markup import escape
    from rich.table import Table

    from app.text import fixed, percent

    shown = Table(box=None, pad_edge=False)
    for name in ("class", "the part adds", "takes", "of all that adds", "of all that takes"):
        shown.add_column(name, justify="left" if name == "class" else "right")
    for one in answer["contributions"]:
        shares = (
            "–" if one_share is None else percent(one_share) for one_share in (one.share_of_given, one.share_of_taken)
        )
        shown.add_row(escape(one.label), fixed(one.given), fixed(one.taken), *shares)
    return shown
