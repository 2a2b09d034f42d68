import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from typer import BadParameter

from app.cli_settings import load_settings
from app.config import PREFIX, Settings, child_environment, setting_rows, unknown_variables
from model.embedded import embedded_path
from tests.conftest import ClientMaker


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
     ("QUEUE_SIZE", "0"), ("RETENTION_DAYS", "-1"), ("LOG_LEVEL", "loud"), ("RETENTION_DAYS", "1e12"),
     ("TRUSTED_PROXIES", "proxy"), ("DATA_DIR", "~nobody-at-all/x"),
     ("TRAINING_FOLDERS", "~nobody-at-all/x"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
     ("HOSTS", "https://photos.example.org"), ("HOSTS", "localhost:8000"), ("HOSTS", "[::1]"), ("HOSTS", "*"),
     ("HOSTS", "a,b.example/x"), ("HOSTS", "a b"), ("HOSTS", "example.org."), ("HOSTS", "b\u00fccher.example"),
     ("RATE_LIMIT", "-1"), ("RETENTION_DAYS", "inf"), ("RETENTION_DAYS", "nan"), ("RETENTION_COUNT", "10000000001")],
)  # fmt: skip
def test_an_impossible_value_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [("HOSTS", "https://photos.example.org,a", "without https:// and port"),
     ("TRUSTED_PROXIES", "10.0.0.1/8", "networks such as 10.0.0.0/8")],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_told_in_our_own_words(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    with pytest.raises(BadParameter, match=f"^CAMSCOPE_{variable}: takes .*{re.escape(said)}.*, not "):
        load_settings()


def test_names_and_addresses_are_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_HOSTS", "Photos.example.org, *.lab.example,localhost,127.0.0.1,::1,my_host")
    assert Settings().hosts == ("Photos.example.org", "*.lab.example", "localhost", "127.0.0.1", "::1", "my_host")


def test_no_number_is_without_an_end() -> None:
    """What has no largest value overflows somewhere."""
    for name, field in Settings.model_fields.items():
        if field.annotation in (int, float):
            limits = [getattr(part, bound, None) for part in field.metadata for bound in ("le", "lt")]
            assert any(limit is not None for limit in limits), name


@pytest.mark.parametrize("level", ["INFO", "Info", "info"])
def test_the_log_level_may_be_in_any_case(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    monkeypatch.setenv("CAMSCOPE_LOG_LEVEL", level)
    assert Settings().log_level == "info"


def test_unknown_variables_are_named_with_the_closest_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_PORT", "1234")
    monkeypatch.setenv("CAMSCOPE_MAX_UPLOADS_MB", "7")
    monkeypatch.setenv("CAMSCOPE_XYZZY", "")
    assert unknown_variables() == ["CAMSCOPE_MAX_UPLOADS_MB (did you mean CAMSCOPE_MAX_UPLOAD_MB?)", "CAMSCOPE_XYZZY"]


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
    assert sorted(row.variable for row in rows) == sorted(PREFIX + name.upper() for name in Settings.model_fields)
    for row in rows:
        assert row.sentence.endswith("."), row.variable
        assert "/root" not in row.default
        assert "Undefined" not in row.default
    defaults = {row.variable: row.default for row in rows}
    assert defaults["CAMSCOPE_REUSE_ACROSS_OWNERS"] == "true"
    assert defaults["CAMSCOPE_MAX_UPLOAD_MB"] == "20"


def test_unknown_variables_are_warned_of_in_one_line_at_the_start(
    make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CAMSCOPE_PROT", "1234")
    monkeypatch.setenv("CAMSCOPE_XYZZY", "1")
    make_client()
    said = [record.getMessage() for record in caplog.records if record.name == "camscope.start"]
    assert said == [
        "settings that do not exist are left out: CAMSCOPE_PROT (did you mean CAMSCOPE_PORT?), CAMSCOPE_XYZZY"
    ]


def test_names_and_proxies_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_HOSTS", "camscope.example, *.lab.example,::1,")
    monkeypatch.setenv("CAMSCOPE_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,fd00::/8")
    settings = Settings()
    assert settings.hosts == ("camscope.example", "*.lab.example", "::1")
    assert settings.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")


def test_a_child_has_the_very_settings_but_for_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        hosts=("a.example", "::1"), trusted_proxies=("10.0.0.0/8", "fd00::/8"), shared=True, rate_limit=7,
        data_dir=tmp_path, model=(Path("/a"), Path("/b")), token=SecretStr("x" * 20), token_file=tmp_path / "t",
    )  # fmt: skip
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings.model_copy(update={"token": None, "token_file": None})
