"""The container's files; that the image itself serves is shown by `.ci/run`."""

import ipaddress
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from app.config import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]


def name_of(stage: str) -> str:
    """What other stages call a stage; empty for the last one."""
    return "".join(re.findall(r"^FROM \S+ AS (\w+)", stage))


def whole(stage: str) -> str:
    """A stage after the stages that it is built on."""
    (base,) = re.findall(r"^FROM (\S+)", stage)
    return "".join(whole(other) for other in STAGES if name_of(other) == base) + stage


FINAL = whole(STAGES[-1])
FULL = whole(next(stage for stage in STAGES if name_of(stage) == "full"))


def words(instruction: str) -> list[str]:
    """The words of an instruction in exec form, the last one of its name."""
    found = re.findall(rf"{instruction}\b.*?(\[.*\])$", FINAL, re.MULTILINE)
    command = json.loads(found[-1])
    assert all(isinstance(word, str) for word in command)
    return command


@pytest.fixture
def answers() -> Iterator[tuple[int, list[int]]]:
    """A server's port, and the status it answers with, to be changed."""
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, status
        server.shutdown()
        thread.join()


def health(port: int) -> int:
    """The exit status of the image's health check, as run in a place that has a proxy."""
    command = [sys.executable, *words("HEALTHCHECK")[1:]]
    variables = {"CAMSCOPE_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(command, env=variables, capture_output=True, check=False).returncode


def test_the_health_check_asks_the_server(answers: tuple[int, list[int]]) -> None:
    port, status = answers
    assert health(port) == 0
    status[0] = 503
    assert health(port) == 1


def test_the_health_check_fails_where_nothing_listens(answers: tuple[int, list[int]]) -> None:
    assert health(1) == 1


def test_the_image_is_started_without_a_shell_by_an_ordinary_user() -> None:
    assert words("CMD") == ["camscope", "serve"]
    (user,) = re.findall(r"^USER (\d+):(\d+)$", FINAL, re.MULTILINE)
    assert "0" not in user
    assert re.search(r"^VOLUME /data$", FINAL, re.MULTILINE)
    assert re.search(r"^EXPOSE 8000$", FINAL, re.MULTILINE)


def test_torch_is_installed_in_one_stage_that_only_the_model_is_taken_from() -> None:
    (stage,) = [stage for stage in STAGES if "extras.txt" in stage and "torch" in stage]
    name = name_of(stage)
    assert re.findall(rf"--from={name} (\S+) (\S+)", FINAL) == [("/models", "/models")]
    built_on_it = {name_of(other) for other in STAGES if re.match(rf"FROM {name}\b", other)}
    assert built_on_it
    assert not any(f"from={other}" in FINAL for other in built_on_it)


def test_the_full_image_is_the_other_one_with_what_training_takes() -> None:
    assert STAGES[-1].startswith("FROM server\n")  # what is built where no target is named
    assert "ENV CAMSCOPE_TRAINING=on" in FULL
    assert "ENV CAMSCOPE_TRAINING" not in FINAL
    for instruction in ("USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"):
        assert re.findall(rf"^{instruction}.*$", FULL, re.MULTILINE) == re.findall(
            rf"^{instruction}.*$", FINAL, re.MULTILINE
        )
    (source,) = re.findall(r"--from=(\w+) /opt/camscope", STAGES[-2])
    assert "extras.txt" in whole(next(stage for stage in STAGES if name_of(stage) == source))


def test_compose_has_a_variant_that_trains() -> None:
    service = yaml.safe_load((ROOT / "compose.full.yaml").read_text())["services"]["camscope"]
    assert service["build"]["target"] == "full"
    usual = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["camscope"]
    assert service["image"] != usual["image"]


def test_compose_has_a_variant_behind_a_proxy() -> None:
    variant = yaml.safe_load((ROOT / "compose.caddy.yaml").read_text())
    usual = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["camscope"]
    proxy = variant["services"]["caddy"]
    settings = variant["services"]["camscope"]["environment"]
    assert settings["CAMSCOPE_TRAINING"] == "off"
    assert settings["CAMSCOPE_TOKEN"] == "${CAMSCOPE_TOKEN:-}"
    assert settings["CAMSCOPE_HOSTS"].startswith(f"{proxy['environment']['SITE']},")
    (network,) = variant["networks"]["default"]["ipam"]["config"]
    place = proxy["networks"]["default"]["ipv4_address"]
    assert settings["CAMSCOPE_TRUSTED_PROXIES"] == place
    assert ipaddress.ip_address(place) in list(ipaddress.ip_network(network["subnet"]).hosts())[2:]
    assert proxy["depends_on"] == {"camscope": {"condition": "service_healthy"}}
    assert proxy["cap_drop"] == usual["cap_drop"]
    (source,) = proxy["configs"]
    content = variant["configs"][source["source"]]["content"]
    assert "reverse_proxy camscope:8000" in content
    assert "{$$SITE}" in content  # a single dollar would be Compose's own
    keepalive = re.search(r"keepalive (\d+)s", content)
    assert keepalive
    assert int(keepalive[1]) < Settings.model_fields["idle_timeout_s"].default
    assert content.count("{") == content.count("}")


def test_what_the_image_is_made_from_is_let_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    assert {"pyproject.toml", "constraints.txt", "README.md", "LICENSE", "NOTICE"} < admitted
    assert {"app", "model", "static", "templates"} < admitted
    assert not {"tests", ".git", ".venv"} & admitted


def test_compose_gives_away_what_the_server_does_not_need() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["camscope"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])
    assert "data:/data" in service["volumes"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_what_the_readme_tells_to_run_is_for_this_machine_alone() -> None:
    commands = re.findall(r"^docker run .*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert commands
    for command in commands:
        assert re.findall(r"-p (\S+)", command) == ["127.0.0.1:8000:8000"]
        assert "--stop-timeout 30 " in command
