from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import PREFIX, Settings, setting_rows
from model.embedded import embedded_path


def test_every_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, value in {
        "HOST": "0.0.0.0",
        "PORT": "0",
        "MAX_UPLOAD_MB": "1.5",
        "REUSE_ACROSS_OWNERS": "false",
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(PREFIX + variable, value)
    settings = Settings()
    assert (settings.host, settings.port, settings.reuse_across_owners) == ("0.0.0.0", 0, False)
    assert settings.max_upload_bytes == 1_572_864
    assert settings.models_folder == tmp_path / "models"


def test_an_empty_variable_is_one_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_PORT", "")
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "65536"), ("PORT", "-1"), ("PORT", "x"), ("MAX_UPLOAD_MB", "0"), ("MAX_MEGAPIXELS", "nan"),
     ("QUEUE_SIZE", "0"), ("RETENTION_DAYS", "-1"), ("LOG_LEVEL", "loud")],
)  # fmt: skip
def test_an_impossible_value_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_several_models_are_separated_by_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_MODEL", "/a:/b/c")
    assert Settings().model == (Path("/a"), Path("/b/c"))
    assert Settings().named_models == (Path("/a"), Path("/b/c"))
    assert Settings(model=(Path("/d"),)).model == (Path("/d"),)


def test_without_models_the_embedded_one_is_taken_where_it_is(tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path)
    assert settings.named_models == ()
    embedded_path(tmp_path).mkdir()
    assert settings.named_models == (embedded_path(tmp_path),)


def test_folders_follow_xdg_and_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert Settings().data_dir == Path("/elsewhere/camscope")
    assert Settings().cache_dir == Path("/home/someone/.cache/camscope")
    assert Settings(data_dir=Path("~/photos")).data_dir == Path("/home/someone/photos")


def test_every_setting_has_one_sentence_and_a_default_to_show() -> None:
    rows = setting_rows()
    assert [row.variable for row in rows] == [PREFIX + name.upper() for name in Settings.model_fields]
    for row in rows:
        assert row.sentence.endswith("."), row.variable
        assert "/root" not in row.default
        assert "Undefined" not in row.default
    defaults = {row.variable: row.default for row in rows}
    assert defaults["CAMSCOPE_REUSE_ACROSS_OWNERS"] == "true"
    assert defaults["CAMSCOPE_MAX_UPLOAD_MB"] == "20"
