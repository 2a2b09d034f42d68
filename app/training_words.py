"""Trainings in words: what can be chosen, and what is under way."""

from dataclasses import dataclass

from app.text import gettext, percent
from model.mended import Mended
from model.runs import RunStage


@dataclass(frozen=True)
class Option:
    """Something to choose: its name in the API, a title, and what it does in a sentence."""

    name: str
    title: str
    sentence: str = ""


def heads() -> tuple[Option, ...]:
    """What can stand between the maps and the classes."""
    _ = gettext
    return (
        Option("gap", _("Average"), _("The average of each map, then one linear layer. Its map is exact: the usual.")),
        Option("sum", _("Sum"), _("The sum instead of the average: more of a thing counts for more.")),
        Option("gmp", _("Maximum"), _("Each map’s strongest place alone: shows the most telling part.")),
        Option(
            "conv1x1", _("1 × 1 convolution"), _("One map for each class, then their averages: the maps themselves.")
        ),
        Option("nin", _("Network in Network"), _("Small convolutions that end in one map for each class, averaged.")),
        Option("fc", _("Fully connected"), _("The classical head. It forgets where things are, so it has no map.")),
    )


def balances() -> tuple[Option, ...]:
    """What can be done about classes of unequal size."""
    return (
        Option("none", gettext("as they are")),
        Option("sampling", gettext("show small ones more often")),
        Option("weights", gettext("let small ones weigh more")),
    )


def losses() -> tuple[Option, ...]:
    """What an answer can be."""
    _ = gettext
    return (
        Option("softmax", _("One label a picture"), _("The classes’ probabilities add up to 100%.")),
        Option(
            "sigmoid",
            _("Several labels"),
            _("Each class has a probability of its own; none, or several, may be likely."),
        ),
    )


def stage_words(stage: RunStage) -> str:
    """What a training does in a stage."""
    return {
        "check": gettext("Checking the pictures"),
        "features": gettext("Computing features"),
        "head": gettext("Training the head"),
        "network": gettext("Fine-tuning the network"),
        "export": gettext("Writing the model"),
        "validate": gettext("Judging it on validation pictures"),
    }[stage]


def correction_sentences(mended: Mended) -> tuple[str, ...]:
    """What a correction did, in few words."""
    _ = gettext
    before, after = mended.before, mended.after
    told = [
        _("Before the correction {before} of the validation pictures were right, now {after} are.").format(
            before=percent(before.accuracy), after=percent(after.accuracy)
        )
    ]
    if before.accuracy_pasted is not None and after.accuracy_pasted is not None:
        told.append(
            _("With a mark from another class put on them {before} were, now {after} are.").format(
                before=percent(before.accuracy_pasted), after=percent(after.accuracy_pasted)
            )
        )
    if before.inside is not None and after.inside is not None:
        told.append(
            _("Of the evidence for the class {before} lay in the marks, now {after} does.").format(
                before=percent(before.inside), after=percent(after.inside)
            )
        )
    return tuple(told)
