import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.logs import JsonLines, TextLines, configure
from app.uploads import slots_of
from app.version import VERSION
from tests.conftest import ClientMaker
from tests.pictures import picture

ROOT = Path(__file__).resolve().parent.parent
EXPLANATIONS = "/api/v1/explanations"
ATTACK = "a\nERROR forged\r\x1b[31m\x85\u2028\u202etxt.exe\ud800"


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


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_stranger_wrote_neither_ends_a_line_nor_acts_on_a_terminal(
    form: str, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(settings.model_copy(update={"log_format": form}))
    logging.getLogger("camscope.x").info("found %s", ATTACK, extra={"details": {"detail": ATTACK}})
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert all(letter.isprintable() for letter in written.removesuffix("\n"))
    if form == "json":
        assert json.loads(written)["detail"] == ATTACK


def test_a_traceback_cannot_look_like_lines_of_ours(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure(settings)
    try:
        raise ValueError("x\n2026-01-01 00:00:00,000 ERROR forged")
    except ValueError:
        logging.getLogger("camscope.x").exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR it failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert any("forged" in line for line in rest)


def test_details_follow_the_message_by_their_names() -> None:
    record = logging.LogRecord("camscope.x", logging.INFO, "", 0, "hello", (), None)
    record.details = {"body_bytes": 7, "stages_ms": {"decode": 1.5}, "models": ["a", "b"]}
    assert TextLines().format(record).endswith("INFO hello body_bytes=7 decode=1.5 models=a,b")
    assert json.loads(JsonLines().format(record))["stages_ms"] == {"decode": 1.5}


@pytest.mark.slow
def test_what_others_say_in_the_servers_process_goes_the_same_way(tmp_path: Path) -> None:
    script = """
import logging, warnings
from app.config import Settings
from app.logs import configure
configure(Settings(log_format="json"))
warnings.warn("old ways")
logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
logging.getLogger("uvicorn.error").warning("something else")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = (json.loads(line) for line in done.stderr.splitlines())
    assert (first["level"], first["logger"]) == ("warning", "py.warnings")
    assert "old ways" in first["message"]
    assert second["message"] == "something else"


@pytest.mark.parametrize("form", ["text", "json"])
def test_at_the_most_talkative_level_no_line_holds_what_a_client_sent(
    make_client: ClientMaker, settings: Any, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    client = make_client(log_format=form)
    configure(settings.model_copy(update={"log_format": form, "log_level": "debug"}))
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the client's own
    owner = "secret-owner-0123456789"
    headers = {"x-request-id": "secret\tid", "Camscope-Owner": owner, "Cookie": "camscope_owner=secret0123456789abcdef"}
    photo = {"image": ("secret-name\r\n.jpg", picture())}
    kept = client.post(f"{EXPLANATIONS}?token=secret", files=photo, headers=headers)
    bad = client.post(EXPLANATIONS, files={"image": ("secret.jpg", b"secret no picture")}, headers=headers)
    wrong = client.post(EXPLANATIONS, files=photo, data={"model": "secret\nmodel", "classes": "secret"})
    gone = client.get("/secret%0AERROR%20forged%0d/" + "x" * 500, headers=headers)
    odd = client.request("SECRET", "/", headers=headers)
    assert [one.status_code for one in (kept, bad, wrong, gone, odd)] == [201, 415, 422, 404, 405]
    logged = capsys.readouterr().err
    assert logged.count(EXPLANATIONS) >= 3
    for secret in ("secret", "SECRET", "forged", hashlib.sha256(owner.encode()).hexdigest(), kept.json()["id"]):
        assert secret not in logged
    if form == "json":
        lines = [json.loads(line) for line in logged.splitlines()]
        requests = [line for line in lines if line["logger"] == "camscope.requests"]
        assert [line.get("refusal") for line in requests] == [
            None, "UnsupportedKind", "Unusable", "WrongRequest", "WrongRequest",
        ]  # fmt: skip


def test_the_start_is_told_with_version_data_models_and_limits(
    make_client: ClientMaker, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "camscope.start"):
        make_client(max_upload_mb=7, rate_limit=9)
    (told,) = [record for record in caplog.records if record.name == "camscope.start"]
    assert told.getMessage() == f"Camscope {VERSION} starts"
    details = told.details  # type: ignore[attr-defined]
    assert details["data_dir"] == str(settings.data_dir)
    assert details["max_upload_mb"] == 7
    assert details["decode_slots"] == slots_of(settings) > 0
    assert (details["guarded"], details["shared"], details["rate_limit"]) == (False, False, 9)
    assert [model.rpartition("-")[0] for model in details["models"]] == ["tiny"]
