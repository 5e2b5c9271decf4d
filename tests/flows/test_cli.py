"""The command line: exit codes, one JSON object, one sentence for what is wrong, and help that tells the truth."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.main import get_command

from flows.cli import run
from flows.cli.app import app
from flows.settings import BASE_URLS, CREDENTIALS, Settings
from sandbox.papers import hand_csv, roster_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.engine import drop_database, parse

ROOT = Path(__file__).parents[2]
TALLY = {
    "state", "requests", "fetched", "new", "updated", "unchanged", "duplicate", "out_of_scope", "suppressed",
    "not_public", "quarantined", "error", "cost",
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_work(settings: Settings, servers: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line run by the small world's team, in its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("ROLLCALL_TOTAL_WAIT", "2")
    monkeypatch.setenv("ROLLCALL_LONGEST_WAIT", "1")
    for name, value in servers.world.credentials().items():
        monkeypatch.setenv(name, value)


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def spoken(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def window(servers: Sandbox) -> tuple[str, str, str, str]:
    return "--since", "2026-02-01", "--until", servers.clock.now().isoformat()


def test_collect_speaks_json_and_its_exit_code_is_its_state(
    capsys: pytest.CaptureFixture[str], in_midweek: Sandbox
) -> None:
    """Each platform has its tally; X, whose clock is not ours, refuses the old window and makes the run partial."""
    code, out, _ = spoken(capsys, "collect", "--json", *window(in_midweek))
    answer: dict[str, Any] = json.loads(out)
    assert set(answer) == {"run_id", "state", "platforms"}
    assert all(set(tally) >= TALLY for tally in answer["platforms"].values())
    assert {name: tally["state"] for name, tally in answer["platforms"].items()}["mastodon"] == "completed"
    assert code == {"completed": 0, "partial": 3, "failed": 1}[answer["state"]]


@pytest.mark.parametrize(("platforms", "code"), [(("mastodon",), 1), (("mastodon", "wordpress"), 3)])
def test_failed_and_partial_have_codes_of_their_own(
    capsys: pytest.CaptureFixture[str], in_midweek: Sandbox, platforms: tuple[str, ...], code: int
) -> None:
    """1: nothing was read to its end. 3: some platform failed, the rest is in. Both say so in words."""
    in_midweek.faults.plant("mastodon", "status", status=403)
    options = [word for platform in platforms for word in ("--platform", platform)]
    found, out, _ = spoken(capsys, "collect", *options, *window(in_midweek))
    assert found == code
    assert "refuses access" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("collect", "--campaign", "nowhere"), "no campaign file nowhere.toml"),
        (("collect", "--platform", "orkut"), r"no platform orkut"),
        (("collect", "--since", "yesterday"), "not a time I can read"),
        (("collect", "--since", "2026-02-09", "--until", "2026-02-03"), "must be before"),
        (("collect", "--dry-run", "--stream", "refresh"), "nothing of --stream refresh"),
        (("import", "nothing.json"), "no file"),
        (("import", "nothing.json", "--format", "xml"), "auto, pages, hand"),
        (("roster", "load", "nothing.csv"), "nothing.csv"),
        (("init", "Spring 27"), "small letters"),
        (("collect", "--nonsense"), "No such option"),
        (("nonsense",), "No such command"),
    ],
)
def test_wrong_usage_is_code_2_and_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """No traceback, and the sentence names what is wrong."""
    code, out, err = spoken(capsys, *words)
    assert code == 2
    assert re.search(sentence, " ".join((out + err).split()))
    assert "Traceback" not in out + err


def test_a_report_before_any_build_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is published yet, and what to do."""
    code, _, err = spoken(capsys, "report")
    assert code == 1
    assert "rollcall build" in " ".join(err.split())


def test_a_database_that_is_not_there_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is named; no request was sent to any platform."""
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, _, err = spoken(capsys, "collect")
    assert code == 1
    assert "127.0.0.1:1" in " ".join(err.split())


def test_every_problem_of_a_roster_is_told_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each with its line, and nothing is loaded."""
    (tmp_path / "people.csv").write_text(
        "person_id,name,role,cohort_year,programme_country\nF1,Ana,fellow,,Peru\nF1,Bo,fellow,2017,Atlantis\n", "utf-8"
    )
    code, _, err = spoken(capsys, "roster", "load", "people.csv")
    text = " ".join(err.split())
    assert code == 2
    assert "Line 2" in text
    assert "Line 3" in text


@pytest.mark.parametrize("verb", ["check", "load"])
def test_cohorts_are_compared_with_the_years_of_the_only_campaign(
    capsys: pytest.CaptureFixture[str], settings: Settings, verb: str
) -> None:
    """It need not be named; of several that are over none is taken, and that is said."""
    given = "people.csv"
    Path(given).write_text("person_id,name,role,cohort_year,programme_country\nF1,Ana,fellow,1999,Peru\n", "utf-8")
    code, _, err = spoken(capsys, "roster", verb, given)
    assert (code, "cohort_year is 1999" in " ".join(err.split())) == (2, True)
    [only] = settings.campaign_folders[0].glob("*.toml")
    other = only.read_text("utf-8").replace(f'name = "{only.stem}"', 'name = "another"', 1)
    (settings.campaign_folders[0] / "another.toml").write_text(other, "utf-8")
    assert spoken(capsys, "roster", verb, given, "--campaign", only.stem)[0] == 2
    code, out, _ = spoken(capsys, "roster", verb, given, "--json")
    assert code == 0
    assert [sentence for sentence in json.loads(out)["warnings"] if "compared" in sentence] == [
        "Cohorts were not compared with any campaign's programme_years. Which campaign? Say --campaign NAME; there are "
        f"another, {only.stem}."
    ]


def test_roster_and_sheet_load_from_the_command_line(
    capsys: pytest.CaptureFixture[str], servers: Sandbox, tmp_path: Path
) -> None:
    """The roster says how many; the same sheet twice is new once."""
    (tmp_path / "people.csv").write_text(roster_csv(servers.world), "utf-8")
    (tmp_path / "seen.csv").write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    assert spoken(capsys, "roster", "check", "people.csv")[0] == 0
    code, out, _ = spoken(capsys, "roster", "load", "people.csv", "--json")
    assert (code, json.loads(out)["people"]) == (0, 21)
    code, out, _ = spoken(capsys, "import", "seen.csv", "--json")
    first = json.loads(out)
    assert (code, first["state"]) == (3, "partial")  # a bad date and a repeated header
    again = json.loads(spoken(capsys, "import", "seen.csv", "--json")[1])
    assert first["platforms"]["facebook"]["new"] > 0
    assert again["platforms"]["facebook"]["new"] == 0
    code, out, _ = spoken(capsys, "import", "seen.csv")
    assert code == 3
    assert "Partial: 2 of " in out
    assert "Mend the lines above" in out


def test_doctor_and_status_read_well_and_speak_json(capsys: pytest.CaptureFixture[str], campaign: Campaign) -> None:
    """Sentences for people; for scripts the same facts."""
    code, out, _ = spoken(capsys, "doctor")
    assert "PostgreSQL" in out
    assert code in (0, 1)
    assert {finding["what"] for finding in json.loads(spoken(capsys, "doctor", "--json")[1])["findings"]} >= {
        "warehouse",
        "disk",
        "campaign",
    }
    assert "Nothing has been collected yet" in spoken(capsys, "status")[1]
    assert json.loads(spoken(capsys, "status", "--json")[1])["campaign"] == campaign.name


def test_init_writes_four_files_and_never_over_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A second time it refuses."""
    assert spoken(capsys, "init", "spring-2027")[0] == 0
    written = sorted(path.name for path in (tmp_path / "campaigns").iterdir())
    assert {
        "spring-2027.toml",
        "spring-2027-roster.csv",
        "spring-2027-by-hand.csv",
        "spring-2027-acts-by-hand.csv",
    } <= set(written)
    code, _, err = spoken(capsys, "init", "spring-2027")
    assert (code, "already there" in err) == (2, True)


@pytest.mark.usefixtures("with_roster")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the libraries that the gate imports
def test_a_red_gate_is_code_4_and_one_json_object(
    capsys: pytest.CaptureFixture[str], in_midweek: Sandbox, engine: Engine
) -> None:
    """For build and for the whole day, whose collection is told all the same: partial, and in."""
    two_owners = """
        insert into people.person_handle (person_id, platform, handle, match_basis, known_from)
        select person_id, 'x', 'of-two', 'opt_in', now() from people.person order by 1 limit 2
    """
    with engine.begin() as connection:
        connection.execute(text(two_owners))
    code, out, err = spoken(capsys, "build", "--json")
    red = json.loads(out)
    assert (code, red["state"], red["published"], red["checks"]["failed"]) == (4, "red", False, 1)
    assert "No handle belongs to two people" in " ".join(err.split())
    in_midweek.faults.plant("mastodon", "status", status=403)
    code, out, _ = spoken(capsys, "daily", "--json")
    day = json.loads(out)
    assert (code, day["build"], day["report"]) == (4, red, None)
    assert day["collect"]["platforms"]["mastodon"]["state"] == "failed"
    code, out, _ = spoken(capsys, "daily")
    assert "refuses access" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "problems"),
    [(("report",), 0), (("collect", "--platform", "orkut"), 0), (("roster", "load", "people.csv"), 2)],
)
def test_an_error_is_one_json_object_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], problems: int
) -> None:
    """With the sentence that people read on the other stream, and each problem of a roster."""
    (tmp_path / "people.csv").write_text(
        "person_id,name,role,cohort_year,programme_country\nF1,Ana,fellow,,Peru\nF1,Bo,fellow,2017,Atlantis\n", "utf-8"
    )
    code, out, err = spoken(capsys, *words, "--json")
    answer = json.loads(out)
    assert code in (1, 2)
    assert answer["state"] == "failed"
    assert answer["error"] in " ".join(err.split())
    assert len(answer["problems"]) >= problems


def test_a_database_that_breaks_off_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, server_url: str, settings: Settings
) -> None:
    """Its server dies in the middle of a run: no defect of ours, and nothing to send us."""

    def dies(*anything: object) -> None:
        drop_database(server_url, str(parse(str(settings.database_url)).database))

    monkeypatch.setattr("flows.steps.collect.collect_platform", dies)
    code, _, err = spoken(capsys, "collect")
    assert code == 1
    assert "The database broke off" in " ".join(err.split())


def test_ctrl_c_ends_a_collection_at_once(settings: Settings, servers: Sandbox, tmp_path: Path, engine: Engine) -> None:
    """Although a platform hangs; a sentence says that nothing is lost, and the run is closed in the ledger."""
    servers.faults.plant("mastodon", "hang")
    arguments = ["collect", "--platform", "mastodon", "--since", "2026-02-01"]
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; from flows.cli import main; main({arguments})"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        eventually(lambda: bool(servers.requests))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "What was read so far is kept" in err.decode()
    with engine.connect() as connection:
        assert connection.execute(text("select state from core.run")).scalars().all() == ["failed"]


@pytest.mark.parametrize(
    "given", ["me:pass%20word@db.example/warehouse?", "me@db.example/warehouse?password=pass%20word&"]
)
def test_psql_is_given_no_password_that_others_can_read(
    given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The words of a command are open to everybody on the computer; the environment is not."""
    (tmp_path / "psql").write_text('#!/bin/sh\necho "$@"; echo "password: $PGPASSWORD"\n')
    (tmp_path / "psql").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", f"postgresql://{given}sslmode=require")
    assert run(["db", "shell"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "postgresql://me@db.example/warehouse?sslmode=require",
        "password: pass word",
    ]


def test_where_no_psql_is_installed_there_is_rollcalls(settings: Settings, tmp_path: Path) -> None:
    """Nothing is on the PATH of this laptop."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys; from flows.cli import main; main(['db', 'shell'])"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": str(tmp_path / "nothing")},
        input="select current_database();",
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(parse(str(settings.database_url)).database) in told.stdout


def test_a_report_into_a_place_that_is_no_folder_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It says which, and what to do."""
    (tmp_path / "taken").write_text("a file")
    code, _, err = spoken(capsys, "report", "--out", "taken/here")
    assert code == 1
    assert "Choose another with --out" in " ".join(err.split())


def commands(group: Any, prefix: str = "") -> dict[str, Any]:
    found = {}
    for name, command in group.commands.items():
        whole = f"{prefix}{name}"
        found |= commands(command, f"{whole} ") if hasattr(command, "commands") else {whole: command}
    return found


def test_every_verb_and_option_has_help() -> None:
    """And every verb that is shown is one that works: none is announced before it is there."""
    for name, command in commands(get_command(app)).items():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_it_says_its_version(capfd: pytest.CaptureFixture[str]) -> None:
    """Several computers with one warehouse must have the same."""
    assert run(["--version"]) == 0
    assert capfd.readouterr().out == f"rollcall {version('rollcall-campaigns')}\n"


def test_the_readme_names_only_verbs_that_exist() -> None:
    """`rollcall VERB` in README and docs is a verb of the command line."""
    verbs = {name.split()[0] for name in commands(get_command(app))}
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for verb in re.findall(r"(?:`|^ *\.venv/bin/|^)rollcall ([a-z]+)", path.read_text("utf-8"), re.MULTILINE):
            assert verb in verbs, f"{path.name}: rollcall {verb}"


def test_every_setting_is_documented() -> None:
    """What the code reads from the environment is in docs/settings.md."""
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    read = set(re.findall(r'"(ROLLCALL_[A-Z_]+)"', (ROOT / "flows" / "settings.py").read_text("utf-8")))
    read |= {*BASE_URLS.values(), *(name for names in CREDENTIALS.values() for name in names.values())}
    assert {name for name in read if name not in text} == set()
