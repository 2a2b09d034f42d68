"""How messages are written: one line each, for people or as JSON, whoever writes them.

A message may come with `facts`, what it says by name, and with `details`, what it does not say: JSON has both, the
line for people has the details at its end.

What a message quotes may have come from a stranger: whatever could end a line, or act on a terminal, is written as an
escape, so that a line is always one of ours.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from app.config import Settings
from app.version import VERSION

QUIET = {"alembic": logging.WARNING, "PIL": logging.WARNING, "python_multipart": logging.ERROR}
NO_HTTP = "Invalid HTTP request received."  # uvicorn's; ours of the same request has its id and is no warning
CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

log = logging.getLogger("camscope.start")


def configure(settings: Settings) -> None:
    """Write messages to standard error, from the chosen level on; talkative libraries only when it matters."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(_is_told_by_no_line_of_ours)


def _is_told_by_no_line_of_ours(record: logging.LogRecord) -> bool:
    return record.getMessage() != NO_HTTP


def tell_start(settings: Settings, model_ids: Sequence[str], decode_slots: int, guarded: bool) -> None:
    """What an operator asks first: which version, which data, which models, which limits, and who may ask.

    Args:
        settings: as they are
        model_ids: of the bundles that are served
        decode_slots: how many pictures are decoded at the same time
        guarded: whether a token is asked for
    """
    details = {
        "version": VERSION,
        "data_dir": str(settings.data_dir),
        "models": list(model_ids),
        "max_upload_mb": settings.max_upload_mb,
        "max_megapixels": settings.max_megapixels,
        "decode_slots": decode_slots,
        "queue_size": settings.queue_size,
        "retention_days": settings.retention_days,
        "retention_count": settings.retention_count,
        "retention_gb": settings.retention_gb,
        "disk_reserve_mb": settings.disk_reserve_mb,
        "guarded": guarded,
        "shared": settings.shared,
        "rate_limit": settings.rate_limit,
    }
    log.info("Camscope %s starts", VERSION, extra={"details": details})


class JsonLines(logging.Formatter):
    """A JSON object per message: time, level, logger, message, facts and details."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, in ASCII: it is the same whatever the terminal's encoding."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
            **getattr(record, "details", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """A line per message: time, level, message, details.

    A traceback follows on lines of its own, which begin with spaces as no message does.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback."""
        details = _words(getattr(record, "details", {}))
        lines = [" ".join([self.formatTime(record), record.levelname, record.getMessage(), *details])]
        if record.exc_info:
            lines += [f"    {line}" for line in self.formatException(record.exc_info).splitlines()]
        return "\n".join(map(_one_line, lines))


def _words(details: Mapping[str, object]) -> Iterator[str]:
    """`name=value` each, those of a group by their own names, lists with commas."""
    for name, value in details.items():
        if isinstance(value, Mapping):
            yield from _words(value)
        else:
            yield f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"


def _one_line(text: str) -> str:
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
