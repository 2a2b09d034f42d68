"""What was measured on, and with what."""

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from model.sessions import usable_cores
from model.training.agreement import processor

PACKAGES = (
    "onnxruntime",
    "torch",
    "torchvision",
    "timm",
    "numpy",
    "pillow",
    "grad-cam",
    "torchcam",
    "fastapi",
    "uvicorn",
)


def describe() -> dict[str, object]:
    """Cores, processor, versions, date; JSON values."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="minutes"),
        "cores": usable_cores(),
        "processor": processor(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": commit(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of the packages that matter here, as far as they are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit that was measured, with a plus where files differ from it; empty outside a checkout."""
    words = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--abbrev=12"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def sentence(machine: Mapping[str, Any]) -> str:
    """The same in a line or two, for the head of the report."""
    packages = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['date']}, {machine['cores']} cores of {machine['processor']}, load {machine['load']} at the start, "
        f"Python {machine['python']}, {packages}."
    )
