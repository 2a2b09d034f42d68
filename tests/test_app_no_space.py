from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"


def test_no_space_on_the_disk_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr("app.folders.write_unsynced", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507
    assert "/secret" not in answer.text
    assert not [path for path in Path(settings.data_dir / "explanations").rglob("*") if path.is_file()]
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data={"store": "false"})
    assert answer.status_code == 200


def test_no_space_for_the_upload_itself_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507
