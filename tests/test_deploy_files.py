"""What stands in `deploy/` is what the code reads: the units start, and Compose and its example name real settings."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "rollcall"}
VARIABLE = re.compile(r"\bROLLCALL_[A-Z_]+")
UNITS = sorted(path.relative_to(DEPLOY) for path in DEPLOY.glob("systemd*/*"))


def known() -> set[str]:
    """Every variable that docs/settings.md lists, and its file."""
    names = set(VARIABLE.findall((ROOT / "docs" / "settings.md").read_text()))
    return names | {f"{name}_FILE" for name in names}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze on this computer")
@pytest.mark.parametrize("folder", ["systemd", "systemd-user"])
def test_systemd_takes_the_units(folder: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing, with our command where the units look for it."""
    command = Path(sys.executable).with_name("rollcall")
    for unit in (DEPLOY / folder).iterdir():
        placed = re.sub(r"[^\s=]+/\.venv/bin/rollcall", str(command), unit.read_text())
        (tmp_path / unit.name).write_text(placed)
    looked = subprocess.run(
        ["systemd-analyze", "verify", *(["--user"] if folder == "systemd-user" else []), *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (looked.returncode, looked.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["systemd", "systemd-user"])
def test_the_schedule_is_begun_anew_for_ever(folder: str) -> None:
    """However long a database is away: systemd's own limit, five starts in ten seconds if none is set, is off."""
    lines = (DEPLOY / folder / "rollcall.service").read_text().splitlines()
    assert {"Restart=on-failure", "RestartSec=2min", "StartLimitIntervalSec=0"} <= set(lines)


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=str)
def test_units_start_verbs_that_there_are(unit: Path) -> None:
    """Their command line is one that `rollcall` knows, options included."""
    (line,) = re.findall(r"^ExecStart=\S+/rollcall (.*)$", (DEPLOY / unit).read_text(), re.MULTILINE)
    assert_known(line.split())


@pytest.mark.parametrize("name", OURS)
def test_compose_starts_verbs_that_there_are(name: str) -> None:
    """So do the containers of our image."""
    assert_known(OURS[name]["command"])


def assert_known(words: list[str]) -> None:
    verb, *given = words
    asked = [sys.executable, "-c", "from flows.cli import main; main()", verb, "--help"]
    helped = subprocess.run(asked, capture_output=True, text=True, env={"COLUMNS": "200", "PATH": "/usr/bin:/bin"})
    assert helped.returncode == 0, helped.stdout + helped.stderr
    for option in (word for word in given if word.startswith("--")):
        assert re.search(rf"{option}\b", helped.stdout), option


@pytest.mark.parametrize("name", OURS)
def test_compose_names_settings_that_there_are(name: str) -> None:
    """Each variable is in docs/settings.md, and each file is a secret that the service is given."""
    service = OURS[name]
    assert set(service["environment"]) <= known()
    files = {Path(path).name for path in service["environment"].values()}
    assert files == set(service["secrets"])
    assert files <= set(COMPOSE["secrets"])


def test_the_example_names_settings_that_there_are() -> None:
    """And sets none of them."""
    text = (DEPLOY / "rollcall.env.example").read_text()
    assert set(VARIABLE.findall(text)) - {"ROLLCALL_NAME", "ROLLCALL_NAME_FILE"} <= known()
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


def test_only_this_computer_reaches_the_containers() -> None:
    """The page is published on loopback, the database not at all; every container is watched and kept small."""
    published = {name: service.get("ports", []) for name, service in COMPOSE["services"].items()}
    assert published == {"database": [], "server": ["127.0.0.1:4200:4200"], "worker": []}
    assert all("healthcheck" in service for service in COMPOSE["services"].values())
    assert all(service["cap_drop"] == ["ALL"] and service["read_only"] for service in OURS.values())


def made_in(folder: Path) -> dict[str, str]:
    subprocess.run(["sh", str(folder / "make-secrets")], check=True, capture_output=True)
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def test_secrets_are_made_once_and_for_their_owner(tmp_path: Path) -> None:
    """All that Compose wants, in a folder that lets nobody else pass; a second time nothing changes."""
    shutil.copy(DEPLOY / "make-secrets", tmp_path)
    first, second = made_in(tmp_path), made_in(tmp_path)
    assert first == second
    assert set(first) == set(COMPOSE["secrets"])
    assert len(first["suppression_key"]) == 48
    assert first["postgres_password"] in first["database_url"]
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
