"""What the pages of many photos and of the camera are given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Choice, Page


@dataclass(frozen=True)
class AlbumPage(Page):
    """Many photos at once.

    Attributes:
        models: the networks to choose from
        accept: kinds of files, as the file input takes them
        command: does the same on the command line
    """

    template: ClassVar[str] = "album.html"
    models: tuple[Choice, ...]
    accept: str
    command: str
    max_upload_mb: str
    max_megapixels: str


@dataclass(frozen=True)
class CameraPage(Page):
    """The map over what a camera sees; `models` are the networks to choose from."""

    template: ClassVar[str] = "camera.html"
    models: tuple[Choice, ...]
