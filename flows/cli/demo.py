"""What the demo shows at its end: each number as it was collected, beside the one that was planted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import typer

from flows.cli.console import grid, out, safe, say, show_json

if TYPE_CHECKING:
    from flows.steps.demo import DemoResult, Published

NAMES = {"unique_posts": "unique posts", "open_reviews": "records that wait for a person"}
SERIES = {
    "posts_by_prompt": "by prompt day",
    "posts_daily": "by local date and platform",
    "posts_by_platform": "by platform",
    "posts_by_region": "by region",
    "posts_by_country": "by country",
    "posts_by_cohort": "by cohort",
    "blog": "of the blog",
}


def demo(result: DemoResult, as_json: bool) -> None:
    """Exits with 1 where a published number is not the planted one."""
    if as_json:
        show_json(result.as_json())
    else:
        if result.before:
            _headline("Before anybody decided", result.before)
        _headline("Decided" if result.before else "Published", result.after)
        _waterfall(result.after)
        _blog(result.after)
        _verdict(result)
        say(f"\nThe report lies at [bold]{safe(result.report)}[/]")
        say(f"[dim]Its warehouse: ROLLCALL_HOME={safe(result.home)} .venv/bin/rollcall db shell[/]")
        _times(result)
    raise typer.Exit(0 if result.agrees else 1)


def _headline(title: str, published: Published) -> None:
    table = grid("", "#published", "#planted", title=f"\n{title}")
    for one in published.numbers:
        if one.where[0] == "headline":
            name = str(one.where[1])
            table.add_row(NAMES.get(name, name), *_both(one.published, one.planted))
    out.print(table)


def _waterfall(published: Published) -> None:
    table = grid("", "#published", "#planted", title="\nFrom what was seen to what counts")
    for one in published.numbers:
        if one.where[0] == "waterfall" and (one.published or one.planted):
            table.add_row(str(one.where[1]).replace("_", " "), *_both(one.published, one.planted))
    out.print(table)


def _blog(published: Published) -> None:
    """All posts of the programme's own blog by year and class of author; nothing in a world without one."""
    table = grid("", "#published", "#planted", title="\nThe programme's blog, by whom")
    for one in published.numbers:
        if one.where[0] == "blog" and one.where[2] == "posts" and (one.published or one.planted):
            table.add_row(str(one.where[1]), *_both(one.published, one.planted))
    if table.row_count:
        out.print(table)


def _both(published: int, planted: int) -> tuple[str, str]:
    same = published == planted
    return (str(published) if same else f"[bold red]{published}[/]", f"[dim]{planted}[/]")


def _verdict(result: DemoResult) -> None:
    same = Counter(one.where[0] for one in result.after.numbers if one.published == one.planted)
    every = Counter(one.where[0] for one in result.after.numbers)
    series = ", ".join(f"{words} {same[table]} of {every[table]}" for table, words in SERIES.items() if every[table])
    say(f"\n[dim]Numbers that agree: {series}.[/]")
    for state in filter(None, (result.before, result.after)):
        for line in state.differences:
            say(f"[red]Differs from what was planted:[/] {safe(line)}")
    if result.agrees:
        say("[green]Every number agrees with what was planted[/] in the simulated platforms.")


def _times(result: DemoResult) -> None:
    stages = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result.stages.items() if seconds >= 0.5)
    say(f"[dim]It took {result.seconds:.0f} s: {stages}.[/]")
