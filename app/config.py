"""The settings: one frozen object, put together from its sections, and the only reader of the environment."""

import difflib
import os
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.settings_access import AccessSettings
from app.settings_connections import ConnectionSettings
from app.settings_datasets import DatasetSettings
from app.settings_inference import InferenceSettings
from app.settings_keeping import KeepingSettings
from app.settings_learn import LearnSettings
from app.settings_logs import LogSettings
from app.settings_models import ModelSettings
from app.settings_pictures import PictureSettings
from app.settings_training import TrainingSettings
from app.settings_values import NAMES_BETWEEN, PATHS_BETWEEN, Folder, expanded
from model.embedded import embedded_path

PREFIX = "CAMSCOPE_"
SERVER_ALONE = ("token", "token_file")  # no process that the server starts is told


def _home(variable: str, fallback: str) -> Path:
    """Camscope's folder under an XDG base folder, which must be absolute to count.

    Raises:
        StartError: there is neither that nor a home folder
    """
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else expanded(Path("~")) / fallback) / "camscope"


class PlaceSettings(BaseModel):
    """Where the server is reached, and where it keeps what it has; here, for the environment says where homes are."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of the machine's.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    data_dir: Folder = Field(
        default_factory=lambda: _home("XDG_DATA_HOME", ".local/share"),
        description="Folder that holds the photos and the database; put it on a volume.",
    )
    cache_dir: Folder = Field(
        default_factory=lambda: _home("XDG_CACHE_HOME", ".cache"),
        description="Folder that holds model folders made from weights; safe to delete.",
    )


class Settings(
    PlaceSettings,
    ModelSettings,
    PictureSettings,
    InferenceSettings,
    ConnectionSettings,
    AccessSettings,
    KeepingSettings,
    TrainingSettings,
    DatasetSettings,
    LearnSettings,
    LogSettings,
    BaseSettings,
):
    """What an operator can choose; every field is the environment variable CAMSCOPE_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        env_ignore_empty=True,
        extra="forbid",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @property
    def models_folder(self) -> Path:
        """The folder watched for more model folders."""
        return self.models_dir or self.data_dir / "models"

    @property
    def named_models(self) -> tuple[Path, ...]:
        """The model folders to serve: those chosen, else the embedded default where it has been made."""
        return self.model or tuple(path for path in [embedded_path(self.cache_dir)] if path.is_dir())


def bare_environment() -> dict[str, str]:
    """The environment for a process of ours that is to have none of the settings."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours that is to have these very settings, without the server's secrets."""
    environment = bare_environment()
    for name, value in settings:
        if value is not None and name not in SERVER_ALONE:
            environment[PREFIX + name.upper()] = _text(value)
    return environment


def _text(value: object) -> str:
    """A setting's value as its variable has it."""
    if not isinstance(value, tuple):
        return str(value)
    between = PATHS_BETWEEN if any(isinstance(part, Path) for part in value) else NAMES_BETWEEN
    return between.join(map(str, value))


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
    """One setting, as the documentation shows it, and the heading it is under."""

    heading: str
    variable: str
    default: str
    sentence: str


HEADINGS: dict[str, type[BaseModel]] = {
    "Address and folders": PlaceSettings,
    "Models": ModelSettings,
    "Pictures": PictureSettings,
    "The way through the network": InferenceSettings,
    "Connections": ConnectionSettings,
    "Access": AccessSettings,
    "What is kept": KeepingSettings,
    "Trainings": TrainingSettings,
    "Pictures to train on": DatasetSettings,
    "Rooms to learn in": LearnSettings,
    "Log": LogSettings,
}
DEFAULT_FOLDERS = {"data_dir": "~/.local/share/camscope", "cache_dir": "~/.cache/camscope"}


def setting_rows() -> list[SettingRow]:
    """Every setting, those of a section together: environment variable, default, one sentence."""
    rows = []
    for heading, section in HEADINGS.items():
        for name, field in section.model_fields.items():
            default = DEFAULT_FOLDERS.get(name, field.default)
            shown = "" if default in (None, (), PydanticUndefined) else str(default)
            shown = shown.lower() if isinstance(default, bool) else shown
            rows.append(SettingRow(heading, PREFIX + name.upper(), shown, field.description or ""))
    return rows
