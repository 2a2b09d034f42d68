"""What a database that is gone knew of: kept apart, where the sweeping at the start would delete it as nobody's."""

import logging
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger("camscope.start")

KEPT = {"explanations": "*/*/", "datasets": "*/", "trainings": "*/", "evaluations": "*/"}
"""Folders in the data folder, and what in them is somebody's."""
PLACE = "without-database-"
LOGS = "camscope.sqlite-*"  # of the database that is gone: a new one would drop them


def set_aside(data_dir: Path) -> Path | None:
    """Move what lies in a data folder whose database is missing into a folder of its own.

    Returns:
        where it lies now; None where there was nothing

    Raises:
        OSError: it cannot be moved
    """
    found = [data_dir / name for name, somebodys in KEPT.items() if any((data_dir / name).glob(somebodys))]
    if not found:
        return None
    place = data_dir / f"{PLACE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    place.mkdir(mode=0o700)
    for file in (*found, *data_dir.glob(LOGS)):
        file.rename(place / file.name)
    return place


def remind(data_dir: Path) -> None:
    """Warn of all that lies set aside, for nothing else ever deletes it.

    Raises:
        OSError: nobody may look
    """
    for place in sorted(data_dir.glob(f"{PLACE}*")):
        log.warning(
            "%s has photos whose database was missing; they are kept until you act. Where there is a backup of the "
            "database, stop the server, put it in place, and move them back; else delete that folder.",
            place,
        )
