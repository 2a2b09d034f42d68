"""How messages are written: one line each, for people or as JSON."""

import json
import logging
from datetime import UTC, datetime

from app.config import Settings

QUIET = {"alembic": logging.WARNING, "PIL": logging.WARNING, "python_multipart": logging.ERROR}


class JsonLines(logging.Formatter):
    """A JSON object per message: time, level, logger, message, and the facts that come with it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(settings: Settings) -> None:
    """Write messages to standard error, from the chosen level on; talkative libraries only when it matters."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonLines() if settings.log_format == "json" else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
