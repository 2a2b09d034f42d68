"""The form that asks for an evaluation, as the API and the page take it."""

from collections.abc import Mapping

from pydantic import ValidationError

from app.errors import Unusable
from app.schemas_evaluations import MOST_ASKED_AGAIN, MOST_COMPARED, AskedEvaluation
from model.scales import NAMES

MOST_LABELS = 100
WORDS = ("model", "dataset", "folder")
NUMBERS = {
    "limit": "a whole number from 1 on",
    "faithfulness": f"a whole number up to {MOST_ASKED_AGAIN}",
    "sanity": f"a whole number up to {MOST_COMPARED}",
    "seed": "a whole number from 0 on",
    "threshold_step": "a number from 0.001 to 0.5",
}
FIELDS = (*WORDS, *NUMBERS, "labels", "scales")


def asked_of(fields: Mapping[str, str]) -> AskedEvaluation:
    """What a form's fields ask for; an empty one is one left out.

    Raises:
        Unusable: a field has what it cannot have
    """
    wanted = {name: fields.get(name, "").strip() for name in (*WORDS, *NUMBERS)}
    values: dict[str, object] = {name: value for name, value in wanted.items() if value}
    values["labels"] = renamed(fields.get("labels", ""))
    if scales := [one.strip() for one in fields.get("scales", "").split(",") if one.strip()]:
        values["scales"] = scales
    try:
        return AskedEvaluation.model_validate(values)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        if not where:
            raise Unusable("Give either 'dataset' or 'folder'.") from None
        name = str(where[0])
        if name in NUMBERS:
            raise Unusable(f"'{name}' takes {NUMBERS[name]}.") from None
        if name == "scales":
            raise Unusable(f"'scales' takes {', '.join(NAMES)}, with commas between them.") from None
        raise Unusable(f"'{name}' is longer than anything it can name.") from None


def renamed(written: str) -> dict[str, str]:
    """What labels of the data are called by the network, from lines as "ants=ant".

    Raises:
        Unusable: a line is none of these
    """
    found = {}
    for line in filter(str.strip, written.splitlines()):
        label, equals, meant = line.partition("=")
        if not (label.strip() and equals and meant.strip()):
            raise Unusable("'labels' takes lines such as ants=ant: the data's label, then the network's.")
        found[label.strip()] = meant.strip()
    if len(found) > MOST_LABELS:
        raise Unusable(f"'labels' takes up to {MOST_LABELS} lines.")
    return found
