"""Secrets handed over as files, as Docker, systemd and Kubernetes do it."""

from pathlib import Path

import pytest

from flows.errors import SettingsError
from flows.serve import environment_of_children
from flows.settings import Settings


def test_a_file_holds_the_value(tmp_path: Path) -> None:
    """`NAME_FILE` is read as `NAME`, without the line's end; what it holds counts as a secret."""
    (tmp_path / "url").write_text("postgresql://team:planted-pw-1@db.example/rollcall\n")
    (tmp_path / "token").write_text("planted-token-2\n")
    settings = Settings.from_environment(
        {
            "ROLLCALL_HOME": str(tmp_path),
            "ROLLCALL_DATABASE_URL_FILE": str(tmp_path / "url"),
            "ROLLCALL_X_BEARER_TOKEN_FILE": str(tmp_path / "token"),
        }
    )
    assert settings.database_url == "postgresql://team:planted-pw-1@db.example/rollcall"
    assert settings.credentials["x"] == {"bearer_token": "planted-token-2"}
    assert {"planted-pw-1", "planted-token-2"} <= settings.secrets


def test_processes_get_the_file_and_not_the_secret(tmp_path: Path) -> None:
    """What serve starts reads the file itself; the database's secret is in nobody's environment."""
    (tmp_path / "url").write_text("postgresql://team:planted-pw-1@db.example/rollcall")
    settings = Settings.from_environment(
        {"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_DATABASE_URL_FILE": str(tmp_path / "url")}
    )
    given = environment_of_children(settings, "127.0.0.1", 4200)
    assert given["ROLLCALL_DATABASE_URL_FILE"] == str(tmp_path / "url")
    assert not any("planted-pw-1" in value for value in given.values())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """By its variable; and two sources of one value are refused."""
    with pytest.raises(SettingsError, match=r"ROLLCALL_PREFECT_PASSWORD_FILE names cannot be read \(FileNotFoundError"):
        Settings.from_environment({"ROLLCALL_PREFECT_PASSWORD_FILE": str(tmp_path / "none")})
    with pytest.raises(SettingsError, match="ROLLCALL_PREFECT_PASSWORD and ROLLCALL_PREFECT_PASSWORD_FILE are both"):
        Settings.from_environment({"ROLLCALL_PREFECT_PASSWORD_FILE": "x", "ROLLCALL_PREFECT_PASSWORD": "y"})


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_prefect_may_keep_its_data_in_postgresql(tmp_path: Path, kind: str) -> None:
    """However the address is written, Prefect gets it with its own driver, and its password is a secret."""
    settings = Settings.from_environment(
        {
            "ROLLCALL_HOME": str(tmp_path),
            "ROLLCALL_PREFECT_DATABASE_URL": f"{kind}://team:planted-pw-3@db.example/prefect",
        }
    )
    given = environment_of_children(settings, "127.0.0.1", 4200)
    assert (
        given["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == "postgresql+asyncpg://team:planted-pw-3@db.example/prefect"
    )
    assert "planted-pw-3" in settings.secrets


def test_prefects_address_is_postgresqls(tmp_path: Path) -> None:
    """Anything else is refused by name."""
    with pytest.raises(SettingsError, match="ROLLCALL_PREFECT_DATABASE_URL should look like"):
        Settings.from_environment({"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_PREFECT_DATABASE_URL": "sqlite:///x"})
