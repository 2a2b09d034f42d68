"""The kinds of values that settings have beside numbers and texts: lists, folders, switches, hosts."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from app.errors import StartError

PATHS_BETWEEN, NAMES_BETWEEN = os.pathsep, ","  # parts of a list; a colon is in addresses
HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
NO_HOME = "There is no home folder here; say where to keep things, with CAMSCOPE_DATA_DIR and CAMSCOPE_CACHE_DIR."


def expanded(path: Path) -> Path:
    """The path with ~ as the home folder.

    Raises:
        StartError: there is none
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise StartError(NO_HOME) from None


def _absolute(path: Path) -> Path:
    if path.parts[:1] == ("~",):
        return expanded(path).absolute()
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError("there is no such user, so no home folder of theirs") from None


def _all_absolute(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(map(_absolute, paths))


def _paths(value: object) -> object:
    return _parts(value, PATHS_BETWEEN)


def _names(value: object) -> object:
    return _parts(value, NAMES_BETWEEN)


def _parts(value: object, between: str) -> object:
    """A list from its text; anything else is left to who reads it next."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(between) if part.strip())


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _as_networks(parts: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(part)) for part in parts)
    except ValueError:
        raise PydanticCustomError("networks", "takes addresses or networks such as 10.0.0.0/8") from None


def _are_hosts(parts: tuple[str, ...]) -> tuple[str, ...]:
    if not all(HOST.fullmatch(part) or _is_ipv6(part) for part in parts):
        sentence = "takes names such as photos.example.org, without https:// and port, and addresses without brackets"
        raise PydanticCustomError("hosts", sentence)
    return parts


def _is_ipv6(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


Folder = Annotated[Path, AfterValidator(_absolute)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_paths)]
Folders = Annotated[Paths, AfterValidator(_all_absolute)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_as_networks)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_are_hosts)]
Switch = Annotated[Literal["auto", "on", "off"], BeforeValidator(_lower)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
