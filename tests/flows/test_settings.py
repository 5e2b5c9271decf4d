"""Settings: read once, never guessed, never shown."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from flows.errors import SettingsError
from flows.settings import Settings

SECRET = "planted-Secret-4711"


def test_without_anything_set_the_warehouse_is_the_embedded_one(tmp_path: Path) -> None:
    """Nothing has to be configured to begin."""
    settings = Settings.from_environment({"ROLLCALL_HOME": str(tmp_path)})
    assert settings.database_url is None
    assert settings.home == tmp_path
    assert settings.secrets == frozenset()


def test_secrets_are_known_and_never_in_a_representation(tmp_path: Path) -> None:
    """Every secret in force can be hidden from logs, and printing the settings shows none."""
    env = {
        "ROLLCALL_HOME": str(tmp_path),
        "ROLLCALL_X_BEARER_TOKEN": SECRET + "x",
        "ROLLCALL_MASTODON_TOKEN": SECRET + "m",
        "ROLLCALL_SUPPRESSION_KEY": SECRET + "s",
        "ROLLCALL_PREFECT_PASSWORD": SECRET + "p",
        "ROLLCALL_DATABASE_URL": f"postgresql://team:{SECRET}d@127.0.0.1:1/none",
    }
    settings = Settings.from_environment(env)
    assert settings.secrets == {SECRET + letter for letter in "xmspd"}
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("name", ["ROLLCALL_DATABASE_URL", "ROLLCALL_PREFECT_DATABASE_URL"])
@pytest.mark.parametrize("url", [f"team:{SECRET}@there/none", f"there/none?password={SECRET}&user=team"])
def test_the_password_of_a_database_is_a_secret_wherever_it_stands(name: str, url: str, tmp_path: Path) -> None:
    """Before the host or behind it: PostgreSQL takes both."""
    assert SECRET in Settings.from_environment({"ROLLCALL_HOME": str(tmp_path), name: f"postgresql://{url}"}).secrets


def for_prefect(url: str) -> str:
    return str(Settings.from_environment({"ROLLCALL_PREFECT_DATABASE_URL": url}).prefect_database_url)


def test_prefects_database_is_reached_as_its_address_says(server_url: str) -> None:
    """By asyncpg, which has another name for `sslmode`."""
    place, _, options = server_url.partition("?")

    async def asked(mode: str) -> object:
        url = for_prefect(f"{place}?{options}&sslmode={mode}" if options else f"{place}?sslmode={mode}")
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return (await connection.execute(text("select 1"))).scalar_one()
        finally:
            await engine.dispose()

    assert asyncio.run(asked("prefer")) == 1
    assert for_prefect("postgres://team:a%40b@there:5433/prefect?sslmode=require") == (
        "postgresql+asyncpg://team:a%40b@there:5433/prefect?ssl=require"
    )


def test_what_prefects_driver_does_not_know_is_refused_by_name() -> None:
    """It would end the server with a TypeError. What may be a piece of a password is not repeated."""
    with pytest.raises(SettingsError, match="behind its question mark application_name, sslrootcert, which"):
        for_prefect("postgresql://there/prefect?sslrootcert=ca.pem&application_name=us&sslmode=require")
    with pytest.raises(SettingsError, match="no option") as refused:
        for_prefect(f"postgresql://team:a?{SECRET}@there/prefect")
    assert SECRET not in str(refused.value)


def test_a_time_out_that_is_no_number_is_refused_by_name(tmp_path: Path) -> None:
    """The sentence names the variable."""
    with pytest.raises(SettingsError, match="ROLLCALL_READ_TIMEOUT"):
        Settings.from_environment({"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_READ_TIMEOUT": "soon"})


def test_an_unreadable_database_url_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """A URL may hold a password, so the sentence does not quote it."""
    settings = Settings.from_environment({"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_DATABASE_URL": f"://{SECRET}"})
    with pytest.raises(SettingsError) as refusal:
        assert settings.secrets
    assert SECRET not in str(refusal.value)


def test_the_suppression_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """A second look gives the same key: another one would let suppressed people land again."""
    settings = Settings.from_environment({"ROLLCALL_HOME": str(tmp_path / "new")})
    first = settings.make_suppression_key()
    assert settings.make_suppression_key() == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "new" / "suppression.key").stat().st_mode) == 0o600


def test_a_damaged_suppression_key_stops_everything(tmp_path: Path) -> None:
    """It is never replaced by a new one."""
    (tmp_path / "suppression.key").write_text("")
    with pytest.raises(SettingsError, match="opted out"):
        Settings.from_environment({"ROLLCALL_HOME": str(tmp_path)}).make_suppression_key()


def test_base_urls_may_be_several(tmp_path: Path) -> None:
    """Several instances are separated by commas; a final slash does not matter."""
    env = {"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_MASTODON_BASE_URL": "http://127.0.0.1:1/, http://127.0.0.1:2"}
    assert Settings.from_environment(env).base_urls == {"mastodon": ("http://127.0.0.1:1", "http://127.0.0.1:2")}


def test_an_address_with_a_login_is_refused(tmp_path: Path) -> None:
    """It would stand in the names of queries, in the database and in logs."""
    env = {"ROLLCALL_HOME": str(tmp_path), "ROLLCALL_WORDPRESS_BASE_URL": f"https://team:{SECRET}@blog.example"}
    with pytest.raises(SettingsError, match="ROLLCALL_WORDPRESS_BASE_URL") as refusal:
        Settings.from_environment(env)
    assert SECRET not in str(refusal.value)
