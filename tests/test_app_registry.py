import logging
import shutil
from pathlib import Path

import pytest

from app.config import Settings
from app.errors import NotReady, StartError, Unusable
from app.registry import Registry
from model.errors import BundleError
from tests.bundles import make_bundle
from tests.conftest import ClientMaker
from tests.pictures import picture


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")


def test_named_bundles_are_served_the_first_is_the_default(settings: Settings, tmp_path: Path) -> None:
    paths = (make_bundle(tmp_path, name="one"), make_bundle(tmp_path, name="two"))
    registry = Registry(settings.model_copy(update={"model": paths}))
    assert [entry.name for entry in registry.entries()] == ["one", "two"]
    assert registry.find(None).name == "one"
    assert registry.find("two").id.startswith("two-")
    assert registry.find(registry.find("two").id).name == "two"


def test_a_named_bundle_that_is_bad_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="nothing"):
        Registry(settings.model_copy(update={"model": (tmp_path / "nothing",)}))


def test_a_file_in_place_of_the_watched_folder_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StartError, match=f"{file}: not a folder"):
        Registry(settings.model_copy(update={"models_dir": file}))


def test_a_bundle_that_appears_is_there_and_one_that_goes_is_gone(settings: Settings) -> None:
    registry = Registry(settings, [])
    with pytest.raises(NotReady):
        registry.find(None)
    path = make_bundle(settings.models_folder, name="late")
    assert registry.find(None).name == "late"
    entry = registry.find("late")
    assert registry.classifier(entry) is registry.classifier(entry)
    shutil.rmtree(path)
    assert registry.entries() == []


def test_watched_bundles_come_after_the_named_ones(settings: Settings, tmp_path: Path) -> None:
    registry = Registry(settings.model_copy(update={"model": (make_bundle(tmp_path, name="named"),)}))
    make_bundle(settings.models_folder, name="watched")
    assert [entry.name for entry in registry.entries()] == ["named", "watched"]


def test_a_bad_bundle_is_logged_once_and_listed_nowhere(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    path = make_bundle(settings.models_folder)
    (path / "model.onnx").write_bytes(b"changed")
    registry = Registry(settings, [])
    with caplog.at_level(logging.WARNING):
        assert registry.entries() == []
        assert registry.entries() == []
    assert len(caplog.records) == 1
    assert "model.onnx" in caplog.text


def test_a_bundle_that_was_still_being_copied_is_looked_at_again(settings: Settings, tmp_path: Path) -> None:
    finished = make_bundle(tmp_path)
    partial = settings.models_folder / "tiny"
    shutil.copytree(finished, partial)
    (partial / "model.onnx").write_bytes(b"half")
    registry = Registry(settings, [])
    assert registry.entries() == []
    shutil.copy(finished / "model.onnx", partial / "model.onnx")
    assert [entry.name for entry in registry.entries()] == ["tiny"]


def test_what_has_not_changed_is_not_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bundle(settings.models_folder)
    registry = Registry(settings, [])
    registry.entries()

    def never(_: Path) -> None:
        raise AssertionError

    monkeypatch.setattr("app.registry.read_bundle", never)
    assert len(registry.entries()) == 1


def test_odd_things_in_the_watched_folder_harm_nobody(settings: Settings) -> None:
    settings.models_folder.mkdir(parents=True)
    (settings.models_folder / "file").write_text("x")
    (settings.models_folder / "empty").mkdir()
    (settings.models_folder / ".hidden").mkdir()
    (settings.models_folder / "dangling").symlink_to("nowhere")
    (settings.models_folder / "bundle.json").mkdir()
    assert Registry(settings, []).entries() == []


def test_an_unknown_bundle_is_refused_with_what_there_is(settings: Settings, tmp_path: Path) -> None:
    registry = Registry(settings.model_copy(update={"model": (make_bundle(tmp_path, name="one"),)}))
    with pytest.raises(Unusable, match="there are one"):
        registry.find("two")


def test_the_api_offers_the_choice(make_client: ClientMaker, tmp_path: Path) -> None:
    paths = (make_bundle(tmp_path, name="one"), make_bundle(tmp_path, name="two", labels=("a", "b")))
    client = make_client(classifiers=None, model=paths)
    assert [item["name"] for item in client.get("/api/v1/models").json()["items"]] == ["one", "two"]
    for name, classes in (("one", 5), ("two", 2)):
        answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())}, data={"model": name})
        assert answer.json()["model"]["classes"] == classes


def test_a_bundle_damaged_after_the_start_is_a_503_whose_reason_only_the_log_tells(
    make_client: ClientMaker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = (make_bundle(tmp_path, name="one"), make_bundle(tmp_path, name="two"))
    client = make_client(classifiers=None, model=paths)
    (paths[1] / "model.onnx").write_bytes(b"changed")
    answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", picture())}, data={"model": "two"})
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert str(paths[1] / "model.onnx") in caplog.text


def test_a_bad_bundle_in_the_watched_folder_does_not_stop_the_start(make_client: ClientMaker, tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "watched")
    (path / "model.onnx").write_bytes(b"changed")
    client = make_client(classifiers=[], models_dir=tmp_path / "watched")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_named_bundle_is_loaded_before_the_first_photo(settings: Settings, tmp_path: Path) -> None:
    registry = Registry(settings.model_copy(update={"model": (make_bundle(tmp_path),)}))
    registry.open_default()
    shutil.rmtree(tmp_path / "tiny")
    entry = registry.entries()[0]
    assert registry.classifier(entry) is registry.classifier(entry)
    Registry(settings, []).open_default()
