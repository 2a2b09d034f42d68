"""docs/operating.md: every metric is explained, and what it asks for exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.config import Settings
from app.decode_job import PEAK_BYTES_PER_PIXEL
from app.main import create_app
from app.uploads import slots_of
from tests.pictures import picture

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "operating.md").read_text()


def blocks(language: str) -> list[str]:
    """The guide's fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


PROMETHEUS = yaml.safe_load("".join(blocks("yaml")))
RULES = PROMETHEUS["groups"][0]["rules"]
ASKED = "\n".join([*blocks("promql"), *(rule["expr"] for rule in RULES)])
SUFFIXES = r"(_bucket|_sum|_count)$"
SIZES = {"k": 2**10, "m": 2**20, "g": 2**30}


def service() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["camscope"])


def size(written: str) -> int:
    return int(written[:-1]) * SIZES[written[-1]]


@pytest.fixture
def told(client: TestClient) -> dict[str, set[str]]:
    """Every metric after a photo and a refusal, with the labels it has."""
    client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())})
    client.get("/nowhere")
    found: dict[str, set[str]] = {}
    for line in client.get("/metrics").text.splitlines():
        if not line.startswith("#"):
            name, labels = re.match(r"(\w+)(?:\{(.*)\})?", line).groups()  # type: ignore[union-attr]
            labels = {label for label in re.findall(r"(\w+)=\"", labels or "") if label != "le"}
            found.setdefault(re.sub(SUFFIXES, "", name), set()).update(labels)
    return found


def test_every_metric_is_explained_with_its_labels(told: dict[str, set[str]]) -> None:
    rows = re.findall(r"^\| `((?:camscope|process)_\w+)` \| ([^|]*)\| [^|]+ \|$", GUIDE, re.MULTILINE)
    assert {name: set(re.findall(r"\w+", labels)) for name, labels in rows} == told


def test_what_is_asked_of_prometheus_exists(told: dict[str, set[str]]) -> None:
    names = set(re.findall(r"\b(?:camscope|process)_\w+", ASKED))
    assert {re.sub(SUFFIXES, "", name) for name in names} <= told.keys()
    routes = {getattr(route, "path", "") for route in create_app().routes}
    assert set(re.findall(r'route="([^"]+)"', ASKED)) <= routes | set(create_app().openapi()["paths"])
    reasons = set(re.findall(r'reason="([^"]+)"', ASKED))
    errors = (ROOT / "app" / "errors.py").read_text()
    assert reasons
    assert all(f"class {reason}(" in errors for reason in reasons)


def test_alerts_are_those_of_prometheus() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.keys() <= {"alert", "expr", "for"}
        assert re.search(r"[<>=]=? ", rule["expr"]), "an alert compares"
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_what_every_program_tells_is_asked_of_this_one_alone() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    selector = '{job="camscope"}'
    assert job["job_name"] == "camscope"
    for rule in RULES:
        for name in re.findall(r"\b(?:process_\w+|up)\b", rule["expr"]):
            assert f"{name}{selector}" in rule["expr"], rule["alert"]


def test_the_containers_memory_is_enough_for_what_its_settings_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, limit = Settings(), size(service()["mem_limit"])
    monkeypatch.setattr("app.uploads.usable_memory", lambda: limit)
    monkeypatch.setattr("app.uploads.usable_cores", lambda: 64)
    monkeypatch.setattr("app.uploads.lies_in_memory", lambda _: True)
    (temporary,) = [size(found) for found in re.findall(r"/tmp:.*size=(\w+)", "".join(service()["tmpfs"]))]
    uploads = (usual.queue_size + 1) * usual.max_upload_bytes
    decoded = slots_of(usual) * usual.max_megapixels * 1e6 * PEAK_BYTES_PER_PIXEL
    assert slots_of(usual) == 3
    assert temporary >= uploads
    assert limit >= 500e6 + decoded + 128 * 2**20 + temporary
    rounded = {f"{value / 1e6:,.0f} MB" for value in (decoded, temporary)}
    assert all(value in GUIDE for value in rounded), rounded


def test_the_container_has_time_to_end_and_logs_that_end() -> None:
    assert service()["stop_grace_period"] == "30s"
    options = service()["logging"]["options"]
    assert size(options["max-size"]) * int(options["max-file"]) <= 2**30
    assert service()["pids_limit"] >= 256
