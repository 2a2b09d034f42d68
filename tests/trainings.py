"""Servers that train with the stand-in, and pictures for them."""

import time
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from tests.pictures import picture

DATASETS, TRAININGS = "/api/v1/datasets", "/api/v1/trainings"
SOMEBODY_ELSE = {"Camscope-Owner": "somebody-else-altogether"}
WAIT_S = 120.0  # on a busy machine; nobody waits that long on an idle one


def photo(number: int) -> bytes:
    """A PNG file unlike those of other numbers."""
    return picture((number % 256, number // 256, 90), size=(24, 16), kind="PNG")


def collect(client: TestClient, classes: dict[str, int] | None = None) -> str:
    """Upload pictures; the id of the dataset."""
    dataset_id: str = client.post(DATASETS).json()["id"]
    number = 0
    for label, count in (classes or {"ants": 3, "bees": 2}).items():
        for _ in range(count):
            number += 1
            send(client, dataset_id, label, photo(number), f"{number}.png")
    return dataset_id


def send(client: TestClient, dataset_id: str, label: str, content: bytes, name: str = "a.png") -> Any:
    """Upload one picture."""
    files = {"image": (name, content)}
    return client.post(f"{DATASETS}/{dataset_id}/pictures", data={"label": label}, files=files)


def start(client: TestClient, name: str = "insects", **changes: Any) -> dict[str, Any]:
    """Start a training, of pictures uploaded for it unless told otherwise."""
    asked = {"name": name, **changes}
    if not asked.keys() & {"dataset", "folder"}:
        asked["dataset"] = collect(client)
    answer = client.post(TRAININGS, json=asked)
    assert answer.status_code == 201, answer.text
    training: dict[str, Any] = answer.json()
    assert answer.headers["location"] == training["url"]
    return training


def follow(client: TestClient, url: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask until something is so; how the training stands then."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        training: dict[str, Any] = client.get(url).json()
        if until(training):
            return training
        time.sleep(0.05)
    raise AssertionError(training)


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so that nobody is told of."""
    end = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def ended(training: dict[str, Any]) -> bool:
    """Whether nothing more will happen."""
    return training["state"] in ("done", "failed", "cancelled")


def has_epochs(count: int) -> Callable[[dict[str, Any]], bool]:
    """Whether so many are done."""
    return lambda training: len(training["epochs"]) >= count
