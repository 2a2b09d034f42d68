"""A machine without a way to any weights says so within seconds, before torch is even loaded."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.errors import WeightsError
from model.training import reach

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(autouse=True)
def no_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("HF_HUB_CACHE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["resnet18", "timm/resnet26d"])
def test_the_command_refuses_within_five_seconds_where_packets_vanish(
    network: str, silence: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "app", "export", network, "--out", str(tmp_path / "out")]
    environment = {**os.environ, "HTTPS_PROXY": silence, "https_proxy": silence, "PYTHONPATH": str(ROOT)}
    environment |= {"NO_PROXY": "", "no_proxy": ""}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert time.perf_counter() - started < 5
    assert done.returncode == 1
    assert f"{network}: its weights are not on this machine" in done.stderr
    assert "--weights FILE" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_one_host_that_answers_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "why_unreachable", lambda url, _: None if "huggingface" in url else "gone")
    reach.refuse_early("resnet50")
    with pytest.raises(WeightsError, match=r"download\.pytorch\.org \(gone\); fetch them elsewhere"):
        reach.refuse_early("torchvision/resnet50")
    with pytest.raises(WeightsError, match="gone"):
        reach.refuse_early("resnet50", library="torchvision")


def test_a_machine_that_has_downloads_is_not_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "why_unreachable", lambda *_: "gone")
    with pytest.raises(WeightsError):
        reach.refuse_early("resnet18")
    file = tmp_path / "TORCH_HOME" / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    file.parent.mkdir(parents=True)
    file.touch()
    reach.refuse_early("resnet18")
    (tmp_path / "HF_HOME" / "hub" / "models--timm--resnet26d.bt_in1k").mkdir(parents=True)
    reach.refuse_early("timm/resnet26d")


def test_a_silent_host_is_given_up_in_time(silence: str) -> None:
    started = time.perf_counter()
    assert reach.why_unreachable(silence, 0.3) is not None
    assert time.perf_counter() - started < 1
