"""What the room of layers is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame


@dataclass(frozen=True)
class LayersPage(Page):
    """From photo to class, layer by layer."""

    template: ClassVar[str] = "learn_layers.html"
    learn: Frame
