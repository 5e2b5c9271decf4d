"""The demo: the real code paths over the small world, in a place of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from connectors.registry import CONNECTORS
from flows.alone import alone
from flows.cli import run
from flows.steps.demo import WORLDS
from sandbox.world import load
from warehouse import embedded

HEADLINE = ("unique_posts", "members", "fellows", "countries")


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(tmp_path))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/untouched")


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the libraries that a build imports
def test_the_demo_is_the_reference_campaign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and after the decisions, whatever ROLLCALL_DATABASE_URL says: it is never asked."""
    assert run(["demo", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [answer["before_decisions"]["headline"][name] for name in HEADLINE] == [594, 56, 47, 24]
    assert [answer["headline"][name] for name in HEADLINE] == [630, 59, 50, 25]
    assert answer["differences"] == answer["before_decisions"]["differences"] == []
    assert Path(answer["report"]).is_file()
    embedded.stop(tmp_path / "demo")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the libraries that a build imports
def test_another_world_ends_with_its_planted_numbers_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time gives the same."""
    answers = []
    for _ in range(2):
        assert run(["demo", "--world", str(WORLDS / "lanterns"), "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0]["headline"] == answers[1]["headline"]
    assert answers[0]["differences"] == []
    assert answers[0]["before_decisions"] is None
    embedded.stop(tmp_path / "demo")


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the libraries that a build imports
def test_a_world_on_every_platform_is_collected_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Eight platforms, each by its own rules, twice a day: every published number is the planted one."""
    world = WORLDS / "archipelago"
    assert run(["demo", "--world", str(world), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["differences"] == []
    assert answer["headline"]["unique_posts"] == 64
    assert {post.platform for post in load(world).posts.values()} == set(CONNECTORS)
    embedded.stop(tmp_path / "demo")


def test_a_folder_that_is_no_world_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--world", str(tmp_path), "--json"]) == 2
    assert "is no world" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("world.toml", "[quotas.comments]", "[quotas.coments]", "there is no kind 'coments'"),
        ("world.toml", "last = 2026-11-06", "last = 2026-10-20", "the plan says 'deleted', the rules say"),
    ],
)
def test_a_world_that_cannot_be_is_a_sentence_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, said: str
) -> None:
    """Not a traceback, and not after weeks of collecting."""
    world = Path(shutil.copytree(Path(__file__).parent.parent / "reference/worlds/harvest", tmp_path / "world"))
    text = (world / file).read_text("utf-8")
    assert old in text
    (world / file).write_text(text.replace(old, new), "utf-8")
    assert run(["demo", "--world", str(world), "--json"]) == 2
    assert said in json.loads(capsys.readouterr().out)["error"]
    assert not (tmp_path / "demo").exists()


def test_a_second_demo_beside_the_first_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would drop the database under the first one's feet."""
    home = tmp_path / "demo"
    home.mkdir()
    with alone(home / "demo.lock", "held"):
        assert run(["demo", "--json"]) == 2
    assert "Another demo is at work" in json.loads(capsys.readouterr().out)["error"]
    assert not (home / "postgres").exists()
