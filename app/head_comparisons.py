"""Comparisons of heads that the server's operator has made and wants the rooms to show."""

import logging
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from model.head_comparison import NUMBERS, HeadComparison

log = logging.getLogger("camscope.learning")


def head_comparisons(folders: Sequence[Path], base: str) -> tuple[HeadComparison, ...]:
    """What `camscope compare-heads` has written, as it is now; what cannot be read is left out, and the log says why.

    Args:
        folders: that it has written
        base: id of the network whose comparisons come first; the newest first among them, and among the others
    """
    found = []
    for folder in folders:
        try:
            found.append(HeadComparison.model_validate_json((folder / NUMBERS).read_bytes()))
        except (OSError, ValidationError) as error:
            log.warning("%s: no comparison of heads: %s", folder, error)
    return tuple(sorted(found, key=lambda one: (one.base == base, one.created_at), reverse=True))
