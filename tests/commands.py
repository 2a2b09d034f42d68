"""What tests of the command line share: a runner, folders of the test's own, a tiny bundle, photos of one colour."""

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.bundles import make_bundle

runner = CliRunner()


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands keep what they keep in the test's folder; a terminal is wide enough for their tables."""
    monkeypatch.setenv("CAMSCOPE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CAMSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A tiny model folder that names colours."""
    return make_bundle(tmp_path / "bundles")


def save(path: Path, colour: str, size: tuple[int, int] = (90, 60)) -> Path:
    """A photo of one colour, in a folder that need not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path
