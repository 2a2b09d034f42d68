"""The settings: one frozen object, and the only reader of the environment."""

import difflib
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError, PydanticUndefined
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import StartError
from model.embedded import embedded_path

PREFIX = "CAMSCOPE_"
BETWEEN = {"hosts": ",", "trusted_proxies": ","}  # parts of a list; a colon is in addresses
SERVER_ALONE = ("token", "token_file")  # no process that the server starts is told
MIB, GIB = 2**20, 2**30
HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


NO_HOME = "There is no home folder here; say where to keep things, with CAMSCOPE_DATA_DIR and CAMSCOPE_CACHE_DIR."


def _home(variable: str, fallback: str) -> Path:
    """Camscope's folder under an XDG base folder, which must be absolute to count.

    Raises:
        StartError: there is neither that nor a home folder
    """
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else _expanded(Path("~")) / fallback) / "camscope"


def _expanded(path: Path) -> Path:
    """The path with ~ as the home folder.

    Raises:
        StartError: there is none
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise StartError(NO_HOME) from None


def _absolute_path(path: Path) -> Path:
    if path.parts[:1] == ("~",):
        return _expanded(path).absolute()
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError("there is no such user, so no home folder of theirs") from None


def _is_ipv6(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


class Settings(BaseSettings):
    """What an operator can choose; every field is the environment variable CAMSCOPE_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        env_ignore_empty=True,
        extra="forbid",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of the machine's.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    model: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Model folders to serve, separated by colons; the first is the default, none the embedded one."
    )
    data_dir: Path = Field(
        default_factory=lambda: _home("XDG_DATA_HOME", ".local/share"),
        description="Folder that holds the photos and the database; put it on a volume.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache"),
        description="Folder that holds model folders made from weights; safe to delete.",
    )
    models_dir: Path | None = Field(
        None,
        description="Folder watched for more model folders while the server runs; default models in the data folder.",
    )
    max_upload_mb: float = Field(
        20, gt=0, le=2000, description="Largest file that is taken, in megabytes of 1,048,576 bytes."
    )
    max_megapixels: float = Field(
        50,
        gt=0,
        le=10_000,
        description="Largest picture that is decoded, in millions of pixels; while it is, each takes up to 12.5 bytes "
        "and the file twice its own, so 50 take about 650 MB.",
    )
    decode_slots: int = Field(
        0,
        ge=0,
        le=64,
        description="How many pictures are decoded at the same time, each in a process of its own; so many times what "
        "CAMSCOPE_MAX_MEGAPIXELS says of memory must fit the machine. 0 takes one for every core, or as many as fit.",
    )
    decode_timeout_s: float = Field(
        20, gt=0, le=3600, description="How long decoding one picture may take, in seconds, before it is given up."
    )
    queue_size: int = Field(
        32,
        ge=1,
        le=10_000,
        description="How many photos may wait for the network before others are told to come later.",
    )
    max_uploads: int = Field(
        64,
        ge=1,
        le=10_000,
        description="How many request bodies of more than 64 kB are received at the same time before others are told "
        "to come later; one that comes slowly makes room. Each takes a megabyte of memory at most, and more on disk.",
    )
    max_connections: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="How many connections there may be before the longest idle ones are closed; fewer where the "
        "system allows fewer open files. Health checks have a reserve.",
    )
    max_header_kb: float = Field(
        32, ge=1, le=1024, description="Longest address and header fields of a request, in kilobytes of 1,024 bytes."
    )
    headers_timeout_s: float = Field(
        10, gt=0, le=3600, description="How many seconds a client may take to send a request's header fields."
    )
    idle_timeout_s: float = Field(
        15, gt=0, le=3600, description="How many seconds a connection may do nothing between two requests."
    )
    body_timeout_s: float = Field(
        60,
        gt=0,
        le=86_400,
        description="How many seconds a request's body may take to come, or, of a longer one, its next "
        "CAMSCOPE_BODY_MIN_KB.",
    )
    body_min_kb: float = Field(
        256,
        gt=0,
        le=1_000_000,
        description="How many kilobytes of a long body have to come in CAMSCOPE_BODY_TIMEOUT_S; what comes slower "
        "is given up.",
    )
    answer_timeout_s: float = Field(
        60,
        gt=0,
        le=86_400,
        description="How many seconds a client may take over the next CAMSCOPE_ANSWER_MIN_KB of an answer that waits "
        "for it, or over all the rest.",
    )
    answer_min_kb: float = Field(
        64,
        gt=0,
        le=1_000_000,
        description="How many kilobytes of an answer that waits have to be taken in CAMSCOPE_ANSWER_TIMEOUT_S; who "
        "takes less is let go.",
    )
    inference_threads: int = Field(
        0, ge=0, le=1024, description="Processor threads of one pass through the network; 0 takes all cores."
    )
    inference_workers: int = Field(
        0,
        ge=0,
        le=64,
        description="How many passes run side by side, sharing those threads, when several photos are there; 0 takes "
        "one for every thread, at most 8, or two on a GPU.",
    )
    inference_megapixels: float = Field(
        0,
        ge=0,
        le=10_000,
        description="Most input pixels in the network at the same time, in millions; a larger input runs alone. More "
        "take more memory, which stays taken; 0 is enough at scale 1 for a photo in every pass, or for as many as "
        "CAMSCOPE_BATCH_MAX says, on a GPU for 128.",
    )
    batch_max: int = Field(
        0,
        ge=0,
        le=1024,
        description="Most photos of one shape that share a pass; 0 measures soon after the start, while nobody asks, "
        "what pays: on most processors 1 or 2, on a GPU many.",
    )
    batch_wait_ms: float = Field(
        0,
        ge=0,
        le=1000,
        description="How long a first photo waits for others that are on their way, to share its pass; alone it "
        "never waits.",
    )
    explanation_timeout_s: float = Field(
        60,
        gt=0,
        le=3600,
        description="How many seconds an explanation may take, once its photo is here; then it is given up with a 504.",
    )
    drain_s: float = Field(
        2,
        ge=0,
        le=300,
        description="How many seconds a server that was told to stop (SIGTERM) still takes requests, while /readyz "
        "says 503 already, so that a proxy in front turns to another; then it finishes what is under way.",
    )
    retention_days: float = Field(
        0, ge=0, le=36_500, description="Explanations older than this many days are deleted; 0 keeps all."
    )
    retention_count: int = Field(
        0, ge=0, le=10**9, description="Beyond this many explanations the oldest are deleted; 0 keeps all."
    )
    retention_gb: float = Field(
        0,
        ge=0,
        le=10**6,
        description="Beyond this many gigabytes of photos and maps the oldest explanations are deleted; 0 keeps all.",
    )
    retention_check_minutes: float = Field(
        10, gt=0, le=1440, description="How often explanations that are due are looked for and deleted."
    )
    disk_reserve_mb: float = Field(
        256,
        ge=0,
        le=10**7,
        description="Where less is free on the data folder's disk, in megabytes, nothing more is kept until there is "
        "room again; 0 keeps until it is full.",
    )
    reuse_across_owners: bool = Field(
        True,
        description="Whether numbers found for one person's photo answer another's identical one: the quick answer "
        "lets somebody who has the very same file learn that it was here before; false reuses one's own only.",
    )
    change_models: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether visitors may rename, import and delete models; auto: only while the server listens on a "
        "loopback address, and only under the name localhost or such an address. Behind a proxy that others can reach, "
        "say off.",
    )
    max_model_mb: float = Field(
        2000, gt=0, le=1_000_000, description="Largest model that is imported, packed or unpacked, in megabytes."
    )
    training: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether visitors may train networks; auto: only while the server listens on a loopback address, "
        "and only under the name localhost or such an address. Training is costly: behind a proxy that others can "
        "reach, say off.",
    )
    training_jobs: int = Field(
        1, ge=1, le=64, description="How many trainings run at the same time; the others wait in line."
    )
    training_threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="Processor threads of a training, which has the lowest priority; 0 takes half of the cores.",
    )
    training_folders: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders on the server that visitors may train from, separated by colons; none by default."
    )
    max_waiting_trainings: int = Field(
        20, ge=1, le=10_000, description="How many trainings may wait in line before others are told to come later."
    )
    max_archive_mb: float = Field(
        1000, gt=0, le=1_000_000, description="Largest zip archive of pictures to train on, in megabytes."
    )
    max_archive_files: int = Field(20_000, ge=1, le=10**7, description="Most files that such an archive may have.")
    max_unpacked_mb: float = Field(
        2000, gt=0, le=10**7, description="Most that such an archive may be unpacked, in megabytes."
    )
    max_unpacked_ratio: float = Field(
        100, ge=1, le=10_000, description="How many times its own size such an archive may be unpacked."
    )
    max_dataset_mb: float = Field(
        5000, gt=0, le=10**7, description="Most that one visitor's set of pictures to train on may have, in megabytes."
    )
    max_dataset_pictures: int = Field(
        50_000, ge=1, le=10**7, description="Most pictures that a set to train on may have."
    )
    max_datasets_gb: float = Field(
        20, gt=0, le=10**6, description="Most that all sets of pictures to train on may have together, in gigabytes."
    )
    dataset_retention_days: float = Field(
        7,
        ge=0,
        le=36_500,
        description="Pictures to train on that were not used for so many days are deleted; 0 keeps all.",
    )
    feature_cache_gb: float = Field(
        10, gt=0, le=10**6, description="Most that features kept for the next training may take in the cache folder."
    )
    token: SecretStr | None = Field(
        None,
        description="Secret of 16 characters or more without which the server answers nobody: programs send it as "
        "`Authorization: Bearer`, browsers have a login page; none by default.",
    )
    token_file: Path | None = Field(
        None, description="File that holds the token, instead of CAMSCOPE_TOKEN: a container's secret, for one."
    )
    rate_limit: int = Field(
        0,
        ge=0,
        le=10**6,
        description="Most requests a minute from one address, of IPv6 from one /64 network; static files and probes do "
        "not count; 0 is no limit.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of proxies in front, separated by commas: only what comes from them is "
        "believed when it says for whom it asks (X-Forwarded-For, X-Forwarded-Proto); none by default.",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names by which the server may be asked, separated by commas, without ports; *.example.org stands "
        "for all names below; any by default.",
    )
    shared: bool = Field(
        False,
        description="Whether all visitors are one: everybody sees and deletes what anybody has explained, collected "
        "and trained since this was set; what was kept before stays its owner's.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least serious messages that are logged."
    )
    log_format: Literal["text", "json"] = Field("text", description="One line per message: for people, or JSON.")

    @field_validator("model", "training_folders", *BETWEEN, mode="before")
    @classmethod
    def _split(cls, value: object, field: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        parts = value.split(BETWEEN.get(field.field_name or "", os.pathsep))
        return tuple(part.strip() for part in parts if part.strip())

    @field_validator("log_level", "training", "change_models", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ipaddress.ip_network(part)) for part in value)
        except ValueError:
            raise PydanticCustomError("networks", "takes addresses or networks such as 10.0.0.0/8") from None

    @field_validator("hosts", mode="after")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(HOST.fullmatch(part) or _is_ipv6(part) for part in value):
            sentence = (
                "takes names such as photos.example.org, without https:// and port, and addresses without brackets"
            )
            raise PydanticCustomError("hosts", sentence)
        return value

    @field_validator("training_folders", mode="after")
    @classmethod
    def _absolute_folders(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(map(_absolute_path, value))

    @field_validator("data_dir", "cache_dir", "models_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and _absolute_path(value)

    @property
    def models_folder(self) -> Path:
        """The folder watched for more model folders."""
        return self.models_dir or self.data_dir / "models"

    @property
    def named_models(self) -> tuple[Path, ...]:
        """The model folders to serve: those chosen, else the embedded default where it has been made."""
        return self.model or tuple(path for path in [embedded_path(self.cache_dir)] if path.is_dir())

    @property
    def max_model_bytes(self) -> int:
        """The largest model that is imported, in bytes."""
        return round(self.max_model_mb * MIB)

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that is taken, in bytes."""
        return round(self.max_upload_mb * MIB)

    @property
    def retention_bytes(self) -> int:
        """The most bytes of photos and maps that are kept; 0 for no limit."""
        return round(self.retention_gb * GIB)

    @property
    def disk_reserve_bytes(self) -> int:
        """What is to stay free on the data folder's disk, in bytes."""
        return round(self.disk_reserve_mb * MIB)

    @property
    def max_archive_bytes(self) -> int:
        """The largest archive of pictures that is taken, in bytes."""
        return round(self.max_archive_mb * MIB)


def bare_environment() -> dict[str, str]:
    """The environment for a process of ours that is to have none of the settings."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours that is to have these very settings, without the server's secrets."""
    environment = bare_environment()
    for name, value in settings:
        if value is not None and name not in SERVER_ALONE:
            parts = value if isinstance(value, tuple) else [value]
            environment[PREFIX + name.upper()] = BETWEEN.get(name, os.pathsep).join(map(str, parts))
    return environment


def unknown_variables() -> list[str]:
    """What the environment has with our prefix and no setting: its name, and the closest one there is."""
    known = [name.upper() for name in Settings.model_fields]
    found = []
    for variable in sorted(name for name in os.environ if name.upper().startswith(PREFIX)):
        name = variable.upper().removeprefix(PREFIX)
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            found.append(f"{variable} (did you mean {PREFIX}{close[0]}?)" if close else variable)
    return found


class SettingRow(NamedTuple):
    """One setting, as the documentation and `--help` show it."""

    variable: str
    default: str
    sentence: str


DEFAULT_FOLDERS = {"data_dir": "~/.local/share/camscope", "cache_dir": "~/.cache/camscope"}


def setting_rows() -> list[SettingRow]:
    """Every setting: environment variable, default, one sentence."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = DEFAULT_FOLDERS.get(name, field.default)
        shown = "" if default in (None, (), PydanticUndefined) else str(default)
        rows.append(
            SettingRow(
                PREFIX + name.upper(), shown.lower() if isinstance(default, bool) else shown, field.description or ""
            )
        )
    return rows
