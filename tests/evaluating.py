"""Servers that evaluate, and evaluations to look at."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from tests.evaluations import write_boxes, write_squares
from tests.trainings import ended, follow

EVALUATIONS = "/api/v1/evaluations"


def start_evaluation(client: TestClient, folder: Path, boxes: bytes | None = None, **fields: str) -> dict[str, Any]:
    """Ask for an evaluation of a folder."""
    files = {"boxes": ("anything", boxes or b"")}
    answer = client.post(EVALUATIONS, data={"folder": str(folder)} | fields, files=files)
    assert answer.status_code == 201, answer.text
    evaluation: dict[str, Any] = answer.json()
    assert answer.headers["location"] == evaluation["url"]
    return evaluation


def evaluated(client: TestClient, root: Path, count: int = 4, wrong: int = 1) -> dict[str, Any]:
    """An evaluation of squares with boxes, some of them wrong, that is done."""
    data = write_squares(root / "squares", count=count, wrong=wrong)
    boxes = write_boxes(root / "boxes.csv", data).read_bytes()
    done = follow(client, start_evaluation(client, data, boxes)["url"], ended)
    assert done["state"] == "done", done
    return done
