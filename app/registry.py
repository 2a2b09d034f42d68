"""The bundles there are, also those that appear while running."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.spec import ModelSpec


@dataclass(frozen=True)
class Entry:
    """A bundle that can be asked.

    Attributes:
        id: name and content hash
        name: what people call it
        spec: its labels and what its outputs mean
        metrics: what was measured when it was made
        created_at: when it was written, UTC
    """

    id: str
    name: str
    spec: ModelSpec
    metrics: dict[str, Any] | None
    created_at: datetime


class Registry:
    """The bundles there are."""

    def entries(self) -> list[Entry]:
        """The bundles there are now, the default first."""
        raise NotImplementedError

    def find(self, key: str | None) -> Entry:
        """The bundle with this id, else with this name; None for the default.

        Raises:
            Unusable: there is none
        """
        raise NotImplementedError
