"""The page: whole without a network, harmless whatever people call themselves, honest about what is not known."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selectolax.parser import HTMLParser as Tree
from sqlalchemy import Engine

from reports import page
from reports.errors import CannotWrite, NothingPublished
from reports.figures import figures

NOW = datetime(2026, 3, 15, 14, 30, tzinfo=UTC)
HOSTILE = (
    "</script><script>alert(1)</script>\u202egnp.exe\u200b\u2066\x07 <img src=x onerror=alert(1)> ' \" & {{ 7*7 }}"
)


def written(engine: Engine, folder: Path, **options: Any) -> tuple[str, Tree]:
    path = page.write(engine, "itp28", folder, **{"title": "#ITP28", "now": NOW, **options})
    html = path.read_text(encoding="utf-8")
    return html, Tree(html)


def words(tree: Tree, selector: str = "body") -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    return " ".join(node.text(separator=" ").split())


def test_the_headline_has_its_form(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """The first sentence is the one the team quotes, and without doubtful records nothing is called provisional."""
    publish(campaign_rows)
    html, tree = written(engine, tmp_path)
    assert words(tree, ".statement") == "7 unique posts from 3 members of the network, 2 fellows, 2 countries."
    assert "provisional," not in html


@pytest.mark.parametrize(
    ("starts_on", "of", "finding"),
    [
        (date(2026, 3, 14), "1 day that is over", "1 of 3 days is over."),
        (date(2026, 3, 13), "2 days that are over", "2 of 3 days are over. Most posts came for day"),
        (date(2026, 3, 12), "3 days", "Most posts came for day"),
        (date(2026, 3, 15), "0 days that are over", "No day of the campaign is over yet."),
    ],
)
def test_while_it_goes_on_only_days_that_are_over_are_judged(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path, starts_on: date, of: str, finding: str
) -> None:
    """Everywhere on earth, at noon of 15 March: else its rates would fit no number of days, and the last be fewest."""
    (about,) = campaign_rows["marts.dim_campaign"]
    about.update(starts_on=starts_on, ends_on=starts_on + timedelta(days=2))
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    aside = words(tree, ".aside")
    assert re.search(rf"Posts per day [\d.]+ of {of} ", aside), aside
    assert f"of 3 members × {of} Hours read" in aside
    assert words(tree, "#days .finding").startswith(finding)


def test_one_is_not_many(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """On a first day with one post the sentence is still English."""
    campaign_rows["metrics.metric_headline"][0] |= {"unique_posts": 1, "members": 1, "fellows": 1, "countries": 1}
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    assert words(tree, ".statement") == "1 unique post from 1 member of the network, 1 fellow, 1 country."


def test_doubt_is_said_beside_the_headline(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """Open reviews make the numbers provisional, in the words of the review workflow."""
    campaign_rows["metrics.metric_headline"][0] |= {"unique_posts": 594, "open_reviews": 45, "provisional": True}
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    assert "594 provisional, 45 records to review." in words(tree, "#headline .notice")


def test_every_section_is_there_with_its_numbers(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """Thousands are separated, shares carry their n, prompt days carry their date, members their name and role."""
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    assert "Items seen" in words(tree, "#counted")
    assert "1,234" in words(tree, "#counted")
    assert "2 items could not be read" in words(tree, "#counted")
    assert "Day 3 Tue 3 Feb ITP memory 2" in words(tree, "#days")
    assert "Mastodon 5 71.4 % 6 2" in words(tree, "#platforms")
    assert "Turkey Western Asia 4 1 4 25.0 % of 4 ( 9.4 % to 90.6 % )" in words(tree, "#countries")
    assert "No unique post by fellows of: New Zealand ." in words(tree, "#countries")
    assert "2019" in words(tree, "#cohorts")
    assert "Aylin Örnek Fellow 2019 Turkey 4 3 3 1 Feb 2026 to 4 Feb 2026" in words(tree, "#members")
    assert "Pat Sample Partner not known" in words(tree, "#members")
    assert "#itp28 or #ipt28, from 1 Feb 2026 to 3 Feb 2026 (3 days)" in words(tree, "#method")
    assert "Publication 1" in words(tree, "footer")


def test_coverage_says_its_state_in_words(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """Complete, gap, not visible, partly and not read yet are words, not only colours."""
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    cells = [" ".join(cell.text(separator=" ").split()) for cell in tree.css(".calendar td.state")]
    assert cells == [
        "1 Feb complete 24 /24 h",
        "2 Feb gap 21 /24 h",
        "3 not read yet 0 /24 h",
        "1 Feb not visible 0 /24 h",
        "2 Feb partly visible 20 /24 h",
        "3 partly read 12 /24 h",
    ]
    assert "77 with 3 missing, 36 not read yet, 28 not visible" in words(tree, "#headline")


def test_unknown_is_never_a_zero(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """A NULL reads "not known" and has no value for machines either."""
    campaign_rows["metrics.metric_headline"][0] |= {"fill_rate": None, "countries_by_residence": None}
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    for figure in ("headline.fill_rate", "headline.countries_by_residence", "member_activity.P01.on_time_share"):
        node = tree.css_first(f'[data-figure="{figure}"]')
        assert node is not None
        assert (node.text(), node.attributes["value"] or "") == ("not known", "")


def test_the_page_needs_nothing_from_outside(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """No address, no script, no import: what is not in the file is not needed; links stay here, or go to the checks."""
    publish(campaign_rows)
    html, tree = written(engine, tmp_path)
    assert re.findall(r"(?i)\b(?:https?:|ftp:|javascript:|data:|url\(|@import|//[a-z])", html) == []
    assert {(node.attributes["href"] or "")[:1] for node in tree.css("[href]")} - {"c"} == {"#"}
    assert tree.css("[src], link, iframe, object, form, svg") == []
    assert [node.attributes for node in tree.css("script")] == [{"type": "application/json", "id": "figures"}]
    targets = {node.attributes["href"] for node in tree.css("a")} - {"checks.html"}
    assert all(tree.css_first(target or "") is not None for target in targets)


def test_hostile_names_are_only_text(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """Markup, templates, controls and marks that turn text around neither run nor reach past their own cell."""
    campaign_rows["marts.dim_member"][0]["display_name"] = HOSTILE
    campaign_rows["marts.dim_member"][1]["display_name"] = "\u200b\u202e\u2069"
    campaign_rows["marts.dim_member"][2]["display_name"] = "x" * 5000
    campaign_rows["metrics.metric_posts_by_prompt"][0]["label"] = HOSTILE
    campaign_rows["metrics.metric_posts_by_country"][0]["country_label"] = HOSTILE
    campaign_rows["metrics.metric_coverage"][0]["query"] = HOSTILE
    publish(campaign_rows)
    html, tree = written(engine, tmp_path, title=HOSTILE)
    assert len(tree.css("script")) == 1
    assert tree.css("img, [onerror]") == []
    assert re.findall("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u2069\ufeff]", html) == []
    first, second, third = (node.text() for node in tree.css("#members tbody th bdi"))
    assert first == "</script><script>alert(1)</script>gnp.exe <img src=x onerror=alert(1)> ' \" & {{ 7*7 }}"
    assert third == "(no name)" or second == "(no name)"
    assert max(len(second), len(third)) == 120
    assert "{{ 7*7 }}" in words(tree, "h1 bdi")


def test_names_keep_what_their_script_needs(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """A Persian name keeps its zero-width non-joiner, and every name is isolated from the direction around it."""
    campaign_rows["marts.dim_member"][0]["display_name"] = "نازی\u200cفر"
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    assert "نازی\u200cفر" in [node.text() for node in tree.css("#members tbody th > bdi")]


def test_the_page_carries_the_same_figures(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """What is embedded for machines, what is shown and what `figures` gives are one list, also beside hostile text."""
    campaign_rows["metrics.metric_coverage"][0]["query"] = HOSTILE
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    node = tree.css_first("#figures")
    assert node is not None
    assert set("<>&") & set(node.text()) == set()
    embedded = json.loads(node.text())
    expected = figures(engine, "itp28")
    assert [(item["id"], item["where"]) for item in embedded["figures"]] == [(item.id, item.where) for item in expected]
    assert embedded["publication_id"] == 1
    by_id = {item["id"]: item for item in embedded["figures"]}
    assert by_id["headline.unique_posts"]["value"] == 7
    assert by_id["headline.fill_rate"]["value"] == "0.55555555555555555556"
    assert by_id["member_activity.P01.on_time_share"]["value"] is None
    shown = {node.attributes["data-figure"] for node in tree.css("[data-figure]")}
    assert {"headline.unique_posts", "waterfall.repost", "posts_by_prompt.3.posts"} <= shown
    assert len(tree.css(".appendix tbody tr")) == len(expected)


def test_every_number_shown_is_a_figure_with_its_definition(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """Hovering a number tells its id, what it means and as of when."""
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    node = tree.css_first('[data-figure="posts_by_prompt.3.posts"]')
    assert node is not None
    assert node.attributes["title"] == (
        "posts_by_prompt.3.posts: Unique posts by their first prompt day, so that the days add up to the total. "
        "As of 15\u00a0March 2026, 12:00 UTC."
    )


def test_a_campaign_without_posts_has_a_page(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """On the morning of the first day the page says that nothing is there yet, and divides by nothing."""
    headline = dict.fromkeys(campaign_rows["metrics.metric_headline"][0], 0)
    headline |= {"posts_per_member": None, "posts_per_day": 0, "fill_rate": None, "provisional": False}
    about = {"marts.dim_campaign": campaign_rows["marts.dim_campaign"]}
    empty = {table: [] for table in campaign_rows} | {"metrics.metric_headline": [headline]} | about
    publish(empty)
    html, tree = written(engine, tmp_path)
    assert words(tree, ".statement").startswith("0 unique posts from 0 members")
    for sentence in (
        "Nothing has been seen yet.",
        "No unique post has a prompt day yet.",
        "Nobody has taken part yet.",
    ):
        assert sentence in html
    assert "from 1 Feb 2026 to 3 Feb 2026" in words(tree, "#method")
    assert "nothing can be said about what is missing" in words(tree, "#coverage")


def test_a_person_who_is_gone_from_the_roster_still_counts(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """A member without a row in the dimension is shown without a name, not left out."""
    del campaign_rows["marts.dim_member"][1]
    publish(campaign_rows)
    _, tree = written(engine, tmp_path)
    assert "(no name) not known not known 1" in words(tree, "#members")


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (timedelta(minutes=20), "less than an hour before this page was written"),
        (timedelta(hours=1), "1 hour before this page was written"),
        (timedelta(hours=30), "30 hours before this page was written"),
        (timedelta(days=9), "These numbers are 9 days old."),
        (timedelta(hours=-2), "check the clock"),
    ],
)
def test_the_age_of_the_tables_is_said(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path, since: timedelta, said: str
) -> None:
    """The page tells how old its numbers are, and warns when a day's build is missing."""
    publish(campaign_rows)
    _, tree = written(engine, tmp_path, now=datetime(2026, 3, 15, 12, 4, tzinfo=UTC) + since)
    assert said in words(tree, "header")


def test_the_page_is_well_formed_and_accessible(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """One h1, a language, a caption for each table, a scope for each header cell, headings in order, tags closed."""
    publish(campaign_rows)
    html, tree = written(engine, tmp_path)
    assert tree.css_first("html").attributes["lang"] == "en"  # type: ignore[union-attr]
    assert len(tree.css("h1")) == 1
    assert all(table.css_first("caption") is not None for table in tree.css("table"))
    assert all(cell.attributes.get("scope") for cell in tree.css("th"))
    levels = [int(node.tag[1]) for node in tree.css("h1, h2, h3, h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    Balanced().feed(html)


class Balanced(HTMLParser):
    """Fails where an element is closed that is not the one opened last."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def test_it_warns_that_it_names_people(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """The banner stands on top, at the list of names and, through the style sheet, on each printed page."""
    publish(campaign_rows)
    html, tree = written(engine, tmp_path)
    said = "For the team only: names people. Do not hand on."
    assert [" ".join(node.text().split()) for node in tree.css(".banner")] == [said, said]
    assert f'@top-center {{ content: "{said}"' in html


def test_only_its_owner_can_read_the_file(engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path) -> None:
    """The page names people, so nobody else on the computer may open it; writing again replaces it whole."""
    publish(campaign_rows)
    for _ in range(2):
        path = page.write(engine, "itp28", tmp_path / "new" / "folder", now=NOW)
    assert path == tmp_path / "new" / "folder" / "report.html"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_folder_that_cannot_be_written_is_one_sentence(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """A file where the folder should be gives a sentence with the place, not a traceback's words."""
    publish(campaign_rows)
    (tmp_path / "taken").write_text("")
    with pytest.raises(CannotWrite, match=r"Cannot write the report to .*taken/report\.html .*Choose another folder\."):
        page.write(engine, "itp28", tmp_path / "taken")


def test_without_a_publication_nothing_is_written(engine: Engine, tmp_path: Path) -> None:
    """No publication, no file: an old page in the folder stays as it was."""
    (tmp_path / "report.html").write_text("yesterday's")
    with pytest.raises(NothingPublished):
        page.write(engine, "itp28", tmp_path)
    assert (tmp_path / "report.html").read_text() == "yesterday's"
