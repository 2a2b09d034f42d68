import json
import logging
from typing import Any

import pytest

from app.logs import JsonLines, configure


def test_json_lines_hold_the_facts() -> None:
    record = logging.LogRecord("camscope.x", logging.INFO, "", 0, "hello %s", ("you",), None)
    record.facts = {"ms": 1.5}
    line = json.loads(JsonLines().format(record))
    assert line.pop("time")
    assert line == {"level": "info", "logger": "camscope.x", "message": "hello you", "ms": 1.5}


@pytest.mark.parametrize("form", ["text", "json"])
def test_configured_logging_writes_one_line(form: str, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure(settings.model_copy(update={"log_format": form, "log_level": "warning"}))
    logging.getLogger("camscope.requests").info("too quiet")
    logging.getLogger("camscope.requests").warning("heard")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "heard" in lines[0]
