"""What scripts read of the server's JSON (static/js/contract.js) against what the server sends (app/schemas*.py)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from app.paths import STATIC_DIR
from app.schemas import BoxInfo, Contract, Explanation, GridInfo, ModelInfo, Prediction, Problem, Scores
from app.schemas_channels import ChannelInfo, ChannelsInfo
from app.schemas_compare import ComparedClass, ComparisonInfo, LookInfo, Ranked
from app.schemas_counterfactual import (
    ClassScoresInfo,
    CounterfactualInfo,
    CurveInfo,
    CurveLine,
    CurvePair,
    ScoreInfo,
    ScoresInfo,
    SplitInfo,
)
from app.schemas_scales import OfferInfo, ScaledInfo
from app.schemas_trainings import Dataset
from tests.typedefs import Type, Typedefs

SENT: dict[str, type[BaseModel]] = {
    "Answer": Explanation,
    "Box": BoxInfo,
    "Channel": ChannelInfo,
    "Channels": ChannelsInfo,
    "ClassScores": ClassScoresInfo,
    "ComparedClass": ComparedClass,
    "Comparison": ComparisonInfo,
    "Counterfactual": CounterfactualInfo,
    "Curve": CurveLine,
    "Curves": CurvePair,
    "CurvesAnswer": CurveInfo,
    "Dataset": Dataset,
    "Explanation": Explanation,
    "Grid": GridInfo,
    "Look": LookInfo,
    "MappedExplanation": Explanation,
    "MappedPrediction": Prediction,
    "Network": ModelInfo,
    "Offer": OfferInfo,
    "Prediction": Prediction,
    "Problem": Problem,
    "Scaled": ScaledInfo,
    "Score": ScoreInfo,
    "Scored": Ranked,
    "Scores": Scores,
    "Split": SplitInfo,
    "Stored": Explanation,
    "Told": ScoresInfo,
}
# Where a script reads an answer only of what is stored, has maps, or was asked of the network.
NEVER_NULL = {
    "MappedPrediction": {"bias", "cam"},
    "MappedExplanation": {"id", "page_url", "grid", "bias", "cam"},
    "Stored": {"id", "page_url"},
    "Scores": {"bias"},
    "Offer": {"grid"},
    "Scaled": {"grid", "cams_url"},
    "ClassScores": {"actual"},
    "Counterfactual": {"actual"},
}
NAMES = {"integer": "number", "array": "list"}
FOREIGN = {"Problem"}  # a proxy in front may refuse in its own words, and leave everything out
CONTRACT = Typedefs(STATIC_DIR / "js" / "contract.js")


def kinds(schema: dict[str, Any], defs: dict[str, Any]) -> list[dict[str, Any]]:
    """What a value can be: JSON schemas of one type each, or of some words."""
    if "$ref" in schema:
        return kinds(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        return [kind for one in schema["anyOf"] for kind in kinds(one, defs)]
    return [{"enum": [schema["const"]]} if "const" in schema else schema]


def drifts(read: Type, sent: dict[str, Any], defs: dict[str, Any], never_null: set[str], name: str) -> Iterator[str]:
    """Where a script's type and the server's differ, in words: fields, what may be missing or null, kinds."""
    found = set()
    for kind in kinds(sent, defs):
        words = set(kind.get("enum", ()))
        plain = NAMES.get(kind.get("type", ""), kind.get("type", ""))
        found |= words or {plain}
        if words and not words <= read.words and "string" not in read.plain:
            yield f"{name} may be {words}"
        if plain == "list" and read.items:
            yield from drifts(read.items, kind["items"], defs, never_null, f"{name}[]")
        elif plain == "object" and read.fields is not None:
            yield from _fields(read, kind, defs, never_null, name)
        elif not words and plain not in read.plain and not (plain == "null" and name.rpartition(".")[2] in never_null):
            yield f"{name} may be {plain}"
    for kind in (read.words | (read.plain & {"null"})) - found:
        yield f"{name} is never {kind}"


def _fields(read: Type, sent: dict[str, Any], defs: dict[str, Any], never_null: set[str], name: str) -> Iterator[str]:
    for field, told in (read.fields or {}).items():
        where = f"{name}.{field}"
        if field not in sent["properties"]:
            yield f"{where} is not sent"
            continue
        if told.optional:
            yield f"{where} is never missing"
        yield from drifts(told.type, sent["properties"][field], defs, never_null, where)


def drifted(name: str, types: Typedefs, model: type[BaseModel]) -> list[str]:
    """What a type of some scripts has otherwise than what the server sends."""
    schema = model.model_json_schema(mode="serialization")
    return list(drifts(types[name], schema, schema.get("$defs", {}), NEVER_NULL.get(name, set()), name))


def test_every_type_of_the_scripts_is_compared() -> None:
    assert set(CONTRACT.written) == set(SENT)


@pytest.mark.parametrize("name", sorted(SENT))
def test_scripts_read_what_the_server_sends(name: str) -> None:
    found = drifted(name, CONTRACT, SENT[name])
    assert [drift for drift in found if not (name in FOREIGN and drift.endswith("is never missing"))] == []


class Part(Contract):
    """A part of what a server might send."""

    amount: float | None
    kind: Literal["first", "second"]


class Whole(Contract):
    """What a server might send."""

    name: str
    parts: list[Part]
    count: int | None = None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{name: string, parts: {amount: number|null, kind: "first"|"second"}[], count: number|null}', []),
        ("{name: string}", []),
        ("{parts: {kind: string}[]}", []),
        ("{title: string}", ["Whole.title is not sent"]),
        ("{name: number}", ["Whole.name may be string"]),
        ("{name: string|null}", ["Whole.name is never null"]),
        ("{count: number}", ["Whole.count may be null"]),
        ("{count: number|null, parts: string[]}", ["Whole.parts[] may be object"]),
        ("{parts: {amount: number}[]}", ["Whole.parts[].amount may be null"]),
        ("{parts: {amount: number|null}}", ["Whole.parts may be list"]),
        ('{parts: {kind: "first"|"third"}[]}', ["Whole.parts[].kind may be", "Whole.parts[].kind is never third"]),
        ("{name: string} & {parts: {kinds: string}[]}", ["Whole.parts[].kinds is not sent"]),
    ],
)
def test_what_drifts_is_told(tmp_path: Path, written: str, told: list[str]) -> None:
    script = tmp_path / "types.js"
    script.write_text(f"/** @typedef {{{written}}} Whole of parts */\n")
    found = drifted("Whole", Typedefs(script), Whole)
    assert len(found) == len(told)
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True)), found


@pytest.mark.parametrize("written", ["{object} Whole\n * @property {string} [name]", "{{name?: string}} Whole"])
def test_what_is_always_sent_need_not_be_missed(tmp_path: Path, written: str) -> None:
    script = tmp_path / "types.js"
    script.write_text(f"/**\n * @typedef {written}\n */\n")
    assert drifted("Whole", Typedefs(script), Whole) == ["Whole.name is never missing"]


def test_a_field_that_is_written_twice_is_noticed(tmp_path: Path) -> None:
    script = tmp_path / "types.js"
    script.write_text("/**\n * @typedef {object} Twice\n * @property {number} a\n * @property {number} a\n */\n")
    with pytest.raises(AssertionError, match="a twice in Twice"):
        Typedefs(script)["Twice"]
