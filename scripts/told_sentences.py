"""The sentences that are said in English first and translated where they are shown (app/translated.py).

They are found in the syntax trees, so that whoever raises a refusal writes nothing twice: what stands in a call of a
kind of refusal, what a constant or a function of the same file gives to it, and what is marked by `noted(…)`. Values
inside of an f-string become {0}, {1} …
"""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from app import errors, refusals
from model.errors import DatasetError, EvaluationError, InferenceError, PhotoError

FOR_OPERATORS = (errors.StartError, errors.BackupError)
PLACE = re.compile(r"\{\w+\}")
OF_THE_FRAMEWORK = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
MARK = "noted"


def kinds() -> list[type[Exception]]:
    """The kinds of refusals that pages show."""
    families: list[type[Exception]] = [errors.AppError, PhotoError, InferenceError, DatasetError, EvaluationError]
    return [kind for family in families for kind in _below(family) if not issubclass(kind, FOR_OPERATORS)]


def _below(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(one for subclass in kind.__subclasses__() for one in _below(subclass))]


def numbered(sentence: str) -> str:
    """A sentence with {names} in it, as the catalogue has it: {0}, {1} …"""
    places = iter(range(len(sentence)))
    return PLACE.sub(lambda _: f"{{{next(places)}}}", sentence)


def told_sentences(files: list[Path]) -> dict[str, list[str]]:
    """Every such sentence, and the files it is in.

    Args:
        files: sources to look through
    """
    trees = {path.as_posix(): ast.parse(path.read_text()) for path in files}
    constants = {name: value for tree in trees.values() for name, value in _constants(tree)}
    found: dict[str, list[str]] = {}
    for name, tree in trees.items():
        for sentence in _Told(tree, constants | dict(_constants(tree))).sentences():
            found.setdefault(sentence, []).append(name)
    for sentence in _of_kinds():
        found.setdefault(sentence, []).append("app/errors.py")
    for sentence in _of_tables():
        found.setdefault(sentence, []).append("app/refusals.py")
    return {sentence: sorted(set(places)) for sentence, places in found.items() if re.search(r"[A-Za-z]{2}", sentence)}


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Names and values of a module's constants."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            yield node.targets[0].id, node.value


def _of_kinds() -> Iterator[str]:
    """What each kind of refusal says by itself."""
    for kind in kinds():
        if issubclass(kind, errors.AppError):
            yield kind.title
            yield numbered(kind.detail)
    for status in OF_THE_FRAMEWORK:
        yield status.phrase.capitalize()


def _of_tables() -> Iterator[str]:
    """What is said for the framework's own refusals."""
    tables = (refusals.TAKES, refusals.SENTENCES, refusals.FORM_SENTENCES)
    for sentence in (*(one for table in tables for one in table.values()), refusals.FORM_SENTENCE):
        yield numbered(sentence)


class _Told:
    """The sentences of one file."""

    def __init__(self, tree: ast.Module, constants: dict[str, ast.expr]) -> None:
        self._tree = tree
        self._constants = constants
        self._functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self._kinds = {kind.__name__ for kind in kinds()}

    def sentences(self) -> Iterator[str]:
        """All of them."""
        inside = [node for node in ast.walk(self._tree) if isinstance(node, ast.ClassDef) and node.name in self._kinds]
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and _called(node) in {*self._kinds, MARK}:
                yield from self._of_arguments(node)
        for node in (one for kind in inside for one in ast.walk(kind)):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "said":
                yield from self._of(node.value)
            elif isinstance(node, ast.Call) and _called(node) == "__init__":
                yield from self._of_arguments(node)

    def _of_arguments(self, call: ast.Call) -> Iterator[str]:
        for argument in call.args:
            yield from self._of(argument)

    def _of(self, value: ast.expr) -> Iterator[str]:
        """What an expression may say."""
        match value:
            case ast.Constant(value=str(sentence)):
                yield numbered(sentence)
            case ast.JoinedStr():
                yield _template(value)
            case ast.IfExp():
                yield from self._of(value.body)
                yield from self._of(value.orelse)
            case ast.Name(id=name) if name in self._constants:
                yield from self._of(self._constants[name])
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                for node in ast.walk(self._functions[name]):
                    if isinstance(node, ast.Return) and node.value is not None:
                        yield from self._of(node.value)


def _called(call: ast.Call) -> str:
    """The name of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _template(joined: ast.JoinedStr) -> str:
    """An f-string with {0}, {1} … for its values."""
    words, places = "", 0
    for part in joined.values:
        if isinstance(part, ast.Constant):
            words += str(part.value)
        else:
            words += f"{{{places}}}"
            places += 1
    return words
