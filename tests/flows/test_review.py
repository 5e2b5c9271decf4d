"""From the export to the next build: somebody who has a spreadsheet program decides, and the numbers follow."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import run
from flows.settings import Settings
from flows.steps.build import build
from flows.steps.imports import import_files
from sandbox.server import Sandbox
from warehouse.campaign import Campaign

pytestmark = [
    pytest.mark.timeout(300),  # Great Expectations and dbt take long to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that they import
]

SEEN = """\
platform,post_url,author_key,posted_at,text
facebook,https://www.facebook.com/groups/1/posts/11,aroha.tipene,2026-02-03T08:00+00:00,=the lamp maker #Lanterns7
instagram,https://www.instagram.com/p/AAAAAAAAAA1/,F02,2026-02-03T08:05+00:00,the lamp maker #Lanterns7
facebook,https://www.facebook.com/groups/1/posts/12,Nobody Anyone Knows,2026-02-04T08:00+00:00,my lamp #Lanterns7
"""


@pytest.mark.full
@pytest.mark.usefixtures("with_roster")
def test_what_somebody_decides_in_a_spreadsheet_counts_from_the_next_build_on(
    settings: Settings,
    campaign: Campaign,
    servers: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two posts become one, a stranger's becomes a member's; undone, both are as before. Nobody is named in between."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    sheet = tmp_path / "seen.csv"
    sheet.write_text(SEEN, "utf-8")
    import_files(settings, campaign, [sheet], clock=servers.clock.now)

    def spoken(*words: str) -> Any:
        code = run(["review", *words, "--json"])
        out, err = capsys.readouterr()
        assert code == 0, err
        return json.loads(out)

    def built() -> tuple[int, int, int]:
        headline = build(settings, campaign).headline
        return headline["unique_posts"], headline["members"], headline["open_reviews"]

    assert built() == (2, 1, 2)
    assert {one["queue"]: one["moving"] for one in spoken("status")["queues"] if one["moving"]} == {
        "duplicate_doubtful": 1, "author_unresolved": 1
    }  # fmt: skip

    folder = tmp_path / "review"
    spoken("export", str(folder))
    pairs = edited(folder / "duplicate_doubtful.csv", "merge", encoding="cp1252", delimiter=";")
    authors = edited(folder / "author_unresolved.csv", "person f03", encoding="utf-8-sig", delimiter=",")
    assert run(["review", "import", str(pairs), str(authors)]) == 2  # nobody says who decided
    assert "line 2: who decided this?" in capsys.readouterr().err
    assert spoken("import", str(pairs), str(authors), "--by", "Mira") == {"new": 2, "same": 0, "undecided": 0}
    assert spoken("import", str(pairs), str(authors), "--by", "Mira") == {"new": 0, "same": 2, "undecided": 0}
    assert built() == (2, 2, 0)

    assert run(["review"]) == 0
    assert "Aroha" not in capsys.readouterr().out
    spoken("export", str(folder))
    undone = edited(folder / "decided.csv", "undo", encoding="utf-8", delimiter=",")
    assert spoken("import", str(undone), "--by", "Mira")["new"] == 2
    assert built() == (2, 1, 2)


def edited(path: Path, decision: str, *, encoding: str, delimiter: str) -> Path:
    """The file as a spreadsheet program saves it, with this decision in each row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | {"decision": decision} for row in csv.DictReader(file)]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path
