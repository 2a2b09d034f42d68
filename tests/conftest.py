"""A server over a tiny bundle: neither weights nor torch, a few milliseconds per test."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import PREFIX, Settings
from app.main import create_app
from model.classifier import Classifier
from tests.bundles import make_bundle

pytest_plugins = ["tests.browsing", "tests.canvases", "tests.commands", "tests.openapi"]
ClientMaker = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see the defaults, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What a test configures, the next one does not write to."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture(scope="session")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model folder: classes red, green, blue, bright, dark."""
    return make_bundle(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def classifier(bundle_path: Path) -> Classifier:
    """The tiny bundle, open."""
    return Classifier.open(bundle_path, threads=1)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Another bundle, open: other labels in another order, another head."""
    labels = ("violet", "Red", "green", "bright_one", "x")
    return Classifier.open(
        make_bundle(tmp_path_factory.mktemp("o"), name="other", kind="sum", labels=labels), threads=1
    )


@pytest.fixture(scope="session")
def mapless(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """A bundle without maps, open."""
    return Classifier.open(make_bundle(tmp_path_factory.mktemp("m"), name="mapless", kind="fc"), threads=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing outside the test's own folder, and let nobody but the test ask a classifier."""
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", batch_max=1)


@pytest.fixture
def make_client(settings: Settings, classifier: Classifier) -> Iterator[ClientMaker]:
    """Start servers: `make_client(queue_size=1)`; settings are changed by name, `classifiers` are served instead."""
    with ExitStack() as stack:

        def start(*, classifiers: Any = ..., **changes: Any) -> TestClient:
            changed = settings.model_copy(update=changes)
            app = create_app(changed, [classifier] if classifiers is ... else classifiers)
            return stack.enter_context(TestClient(app, base_url="http://localhost"))

        yield start


@pytest.fixture
def client(make_client: ClientMaker) -> TestClient:
    """A running server and one visitor of it."""
    return make_client()
