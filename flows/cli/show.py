"""What people see of a result; scripts get the same as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from rich.padding import Padding

from flows.cli import endings
from flows.cli.console import grid, moment, out, safe, say, show_json
from reports import words

if TYPE_CHECKING:
    from flows.steps.build import BuildResult
    from flows.steps.daily import DailyResult
    from flows.steps.forecast import Outlook
    from flows.steps.rebuild import RebuildResult
    from flows.steps.results import RunResult
    from flows.steps.status import Status

EXIT = {"completed": 0, "partial": 3, "failed": 1}
STATE = {"completed": "[green]complete[/]", "partial": "[yellow]in part[/]", "failed": "[red]failed[/]"}
RUN = {
    "completed": "[green]Done.[/] All that the platforms show was read.",
    "partial": "[yellow]Partial.[/] Something failed; what came in is in, and the next run reads the rest.",
    "failed": "[red]Failed.[/] Nothing was read to its end; the next run starts from the same place.",
}
RUN_STATE = {
    "completed": "[green]done[/]",
    "partial": "[yellow]partial[/]",
    "failed": "[red]failed[/]",
    "died": "[red]died[/]",
    "running": "running",
}
LEFT_OUT = {
    "duplicate": "twice on one page",
    "out_of_scope": "without the campaign's hashtag",
    "suppressed": "of people who opted out",
    "not_public": "not public",
    "quarantined": "not readable, kept aside",
}


def run(result: RunResult, as_json: bool) -> None:
    """Show a collection or an import, and exit with its code."""
    if as_json:
        show_json(result.as_json())
    else:
        tally(result)
        say(f"\n{RUN[result.state]}")
    raise typer.Exit(EXIT[result.state])


def imported(result: RunResult, as_json: bool) -> None:
    """Show an import, and exit with its code."""
    if as_json:
        show_json(result.as_json())
        raise typer.Exit(EXIT[result.state])
    if not result.platforms:
        say("There is no post in it.")
        raise typer.Exit(EXIT["completed"])
    from flows.steps.results import COUNTED

    tally(result)
    counts = {name: sum(platform.counts[name] for platform in result.platforms.values()) for name in COUNTED}
    kept = counts["new"] + counts["updated"] + counts["unchanged"]
    say(f"\nIn the warehouse: {kept} of {counts['fetched']}; new: {counts['new']}.")
    if counts["quarantined"]:
        read = f"[yellow]Partial:[/] {counts['quarantined']} of {counts['fetched']} could not be read."
        say(read if result.state == "partial" else "[red]Failed:[/] nothing of it could be read.")
        say("Mend the lines above and import the file again: what is in already changes nothing.")
    raise typer.Exit(EXIT[result.state])


def tally(result: RunResult) -> None:
    table = grid("platform", "", "#seen", "#new", "#changed", "#as before", "#left out", "#requests", "#cost")
    for name, platform in result.platforms.items():
        counts = platform.counts
        left_out = sum(counts[reason] for reason in LEFT_OUT)
        cost = f"${platform.cost:.2f}" if platform.cost else "-"
        numbers = (
            counts["fetched"],
            counts["new"],
            counts["updated"],
            counts["unchanged"],
            left_out,
            counts["requests"],
        )
        table.add_row(name, STATE[platform.state], *map(str, numbers), cost)
    out.print(table)
    for name, platform in result.platforms.items():
        reasons = [
            f"{platform.counts[reason]} {words}" for reason, words in LEFT_OUT.items() if platform.counts[reason]
        ]
        if reasons:
            say(f"[dim]{name}, left out: {', '.join(reasons)}.[/]")
        if platform.error:
            say(f"[yellow]{name}:[/] {safe(platform.error)}")
        for warning in platform.warnings:
            say(f"[dim]{name}: {safe(warning)}[/]")


def outlook(found: Sequence[Outlook], as_json: bool) -> None:
    """Show what a run would take, and exit with 1 if a budget would not carry it."""
    if as_json:
        show_json({"platforms": {one.platform: one.as_json() for one in found}})
        raise typer.Exit(0 if all(one.fits for one in found) else 1)
    table = grid("platform", "from", "#posts", "#requests", "#cost", "#left", title="Nothing was asked. At most:")
    for one in found:
        cost = f"${one.cost:.2f}" if one.cost else "-"
        left = [] if one.left is None else [f"${one.left:.2f}"]
        left += [] if one.left_calls is None else [f"{one.left_calls} calls"]
        table.add_row(one.platform, moment(one.since), str(one.posts), str(one.requests), cost, ", ".join(left) or "-")
    out.print(table)
    say("[dim]posts: as many as are expected by the pace so far. left: of the budget in the campaign file.[/]")
    for one in found:
        if not one.fits:
            say(f"[yellow]{one.platform}:[/] the budget may end before this window is read; what is read is kept.")
    raise typer.Exit(0 if all(one.fits for one in found) else 1)


def headline(values: dict[str, Any]) -> str:
    """The campaign in one sentence."""
    if not values:
        return "Nothing is published yet."
    text = (
        f"[bold]{values['unique_posts']} unique posts[/] from [bold]{values['members']} members[/] of the network, "
        f"[bold]{values['fellows']} fellows[/], [bold]{values['countries']} countries[/]"
    )
    if values["provisional"]:
        text += f" [yellow](provisional: {values['open_reviews']} records wait for a person to decide)[/]"
    return text


def build(result: BuildResult, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    from flows.steps.build import broken, failing

    say(headline(result.headline))
    passed = sum(check.passed for check in result.checks)
    say(f"[green]Published[/] as of {moment(result.as_of)}; {passed} of {len(result.checks)} checks passed.")
    for check in result.checks:
        if not check.passed:
            say(f"[yellow]Look:[/] {safe(broken(check))}")
    for line in failing(result.checks):
        say(f"[dim]{safe(line)}[/]")


def rebuild(result: RebuildResult, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    say(f"Read again what was seen: {result.read.tally.fetched:,d} times a post.")
    if result.read.kept:
        say(
            f"[yellow]Look:[/] {result.read.kept:,d} posts cannot be read as a whole any more and stay as they were. "
            "What cannot be read is in the quarantine."
        )
    build(result.built, as_json)


def daily(result: DailyResult, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "collect": result.collected.as_json(),
                "refresh": result.refreshed and result.refreshed.as_json(),
                "blog": result.blog and result.blog.as_json(),
                "build": result.built.as_json(),
                "report": str(result.report),
            }
        )
    else:
        tally(result.collected)
        if result.refreshed:
            say("\n[bold]Asked again[/] for the posts that we hold:")
            tally(result.refreshed)
        if result.blog:
            say("\n[bold]The programme's blog[/], all of it:")
            tally(result.blog)
        say()
        build(result.built, as_json=False)
        say(f"The report lies at {safe(result.report)}")
        say(RUN[result.state])
    raise typer.Exit(EXIT[result.state])


def daily_stopped(collected: RunResult, error: Exception, as_json: bool) -> int:
    """What was collected is in and is shown, although the build or the report was stopped; returns the exit code."""
    if as_json:
        show_json({"collect": collected.as_json(), "build": endings.as_json(error), "report": None})
    else:
        tally(collected)
        say()
    return endings.end(error)


def status(found: Status, as_json: bool) -> None:
    if as_json:
        show_json(found.as_json())
        return
    say(f"[bold]{safe(found.campaign)}[/], {moment(found.now)}\n")
    published = found.published
    if published:
        say(headline(published))
        old = words.age(found.now - published["published_at"])
        say(f"[dim]published {moment(published['published_at'])}, {old} ago[/]\n")
    else:
        say("Nothing is published yet. After collecting, run: rollcall build\n")
    _reads(found)
    _gaps(found)
    _runs(found)
    _days(found)
    totals = found.totals
    say(
        f"\nIn the warehouse: posts {totals['items']}, people on the roster {totals['people']}. "
        f"So far: requests {totals['requests']}, spent {words.dollars_spent(totals['spend'])}."
    )
    _blogs(found)
    for platform, budget in found.budgets.items():
        left = [] if budget["left"] is None else [f"${budget['left']:.2f}"]
        left += [] if budget["calls_left"] is None else [f"{budget['calls_left']} calls"]
        spent = f"{words.dollars_spent(budget['spent'] + budget['reserved'])}, calls {budget['calls']}"
        say(f"Budget of {platform}: {spent}" + (f", {' and '.join(left)} left." if left else ", without a limit."))
    for sentence in (*found.expiring, *found.to_mend):
        say(f"[yellow]Look:[/] {safe(sentence)}")
    say(safe(found.backup))
    if totals["quarantined"]:
        say(f"[yellow]Not readable since the beginning: {totals['quarantined']}[/] (kept in raw.quarantine).")


MOST_NAMES = 10
"""So many names of bylines are shown; `--json` tells all."""


def _blogs(found: Status) -> None:
    for blog in found.blogs:
        read = f"{moment(blog['read_from'])} to {moment(blog['read_until'])}"
        say(f"The programme's blog {safe(blog['site'])}: posts {blog['posts']}, read whole from {read}.")
    if names := found.unknown_bylines:
        some = "; ".join(f"{safe(one['name'])} ({one['posts']})" for one in names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        say(
            f"[yellow]Look:[/] bylines of the blog that name nobody on the roster, or several people: {some}{more}. "
            "If it is somebody there, add the name to their aliases."
        )


def _reads(found: Status) -> None:
    if not found.reads:
        if not any(entry["verb"] in ("collect", "import") for entry in found.runs):
            say("Nothing has been collected yet. Start with: rollcall collect")
        return
    table = grid("query", "read up to (UTC)", "#complete", "#gap", "#not shown", title="What has been read, in hours")
    platform = None
    for read in found.reads:
        if read["platform"] != platform:
            platform = read["platform"]
            table.add_row(f"[bold]{safe(platform)}[/]")
        gap = f"[red]{read['hours_gap']}[/]" if read["hours_gap"] else "0"
        complete, hidden = str(read["hours_complete"]), str(read["hours_not_visible"])
        table.add_row(
            Padding(safe(read["query"]), (0, 0, 0, 2)),
            moment(read["complete_until"]).removesuffix(" UTC"),
            complete,
            gap,
            hidden,
        )
    out.print(table)


MOST_SPANS = 8
"""So many spans are shown; `--json` tells all."""


def _gaps(found: Status) -> None:
    from reports.digest import span

    lost = sorted((gap for gap in found.gaps if gap.state == "gap"), key=lambda gap: gap.until)
    for gap in lost[-MOST_SPANS:]:
        say(f"[red]Gap:[/] {safe(span(gap))}")
    if len(lost) > MOST_SPANS:
        say(f"[red]Gaps:[/] these are the last of {len(lost)} spans, {sum(gap.hours for gap in lost)} hours in all.")


def _days(found: Status) -> None:
    """Which days had no run that ended well; silent where no daily run was ever made."""
    from reports.digest import days

    daily = found.daily
    if daily.last is None:
        return
    if daily.missed:
        say(f"[red]Days without a daily run that ended well:[/] {days(daily.missed)}.")
    if daily.in_part:
        say(f"[yellow]Days whose daily run ended in part:[/] {days(daily.in_part)}.")
    began = f"{daily.last.day}, began {moment(daily.last.started_at)}"
    say(f"The last daily run was for {began}: {RUN_STATE[daily.last.state]}")


def _runs(found: Status) -> None:
    if not found.runs:
        return
    table = grid("run", "began", "#took", "#seen", "#new", "#unreadable", title="\nThe last runs")
    for entry in found.runs:
        numbers = (str(entry["fetched"]), str(entry["new"]), str(entry["quarantined"]))
        name = f"{entry['verb']} {RUN_STATE[entry['state']]}"
        table.add_row(name, moment(entry["started_at"]), _took(entry), *numbers)
    out.print(table)
    for entry in found.runs:
        trouble = entry["platform_errors"] or entry["error"]
        if trouble:
            say(f"[yellow]{entry['verb']} of {moment(entry['started_at'])}:[/]")
            for line in trouble.splitlines():
                say(f"  {safe(line)}")


def _took(entry: dict[str, Any]) -> str:
    if entry["ended_at"] is None:
        return "-"
    return f"{(entry['ended_at'] - entry['started_at']).total_seconds():.0f} s"
