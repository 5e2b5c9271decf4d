"""`rollcall survey`: what people said about the campaign, in a form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows import campaign_file
from flows.cli.console import grid, out, safe, say, show_json
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.steps.survey import SurveyImported

app = typer.Typer(
    help="The feedback survey: what people chose in a form, counted. Who they are and what they wrote is not kept. See "
    "docs/survey.md.",
    no_args_is_help=True,
)

KINDS = {"scale": "scale", "choice": "one choice", "choices": "several choices", "words": "own words, only counted"}


@app.callback()
def survey() -> None:
    """Without it `import`, the only command so far, would be `rollcall survey` itself."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The form's export, CSV or XLSX.", metavar="FILE")],
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", "-c", help="Which campaign; not needed if only one is on.", metavar="NAME"),
    ] = None,
    invited: Annotated[
        int | None, typer.Option(min=1, help="How many people were asked; without it there is no response rate.")
    ] = None,
    name: Annotated[
        str, typer.Option(help="The survey's name: importing it again replaces its answers.", metavar="NAME")
    ] = "feedback",
    choices: Annotated[
        list[str] | None,
        typer.Option(
            help="A question (its words, or its column's number) that is a choice, and what can be chosen: "
            '"4=Online;In person". May be given several times.',
            metavar="QUESTION[=ONE;TWO]",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Count a form's answers. The next build publishes them as metrics.metric_survey."""
    from flows.steps import survey as steps

    settings = Settings.from_environment()
    told = steps.import_survey(
        settings,
        campaign_file.find(settings, campaign),
        file,
        name=name,
        invited=invited,
        choices=steps.declared(choices or ()),
    )
    if as_json:
        show_json(told.as_json())
    else:
        _show(told)
    raise typer.Exit(3 if told.form.problems else 0)


def _show(told: SurveyImported) -> None:
    rate = f" of {told.invited} who were invited ({told.form.respondents / told.invited:.0%})" if told.invited else ""
    say(f"{told.form.respondents} people answered{rate}.")
    if told.replaced:
        say(f"These answers stand in place of what {safe(told.survey)} held before.")
    table = grid("question", "kind", "#answered", "#different")
    for question in told.form.questions:
        different = len({answer.text for chosen in question.answered for answer in chosen if answer.text})
        table.add_row(safe(question.text), KINDS[question.kind], str(len(question.answered)), str(different or ""))
    out.print(table)
    for heading in told.form.dropped:
        say(f"Not kept, because it tells who answered or when: {safe(heading)}")
    for sentence in (*told.form.warnings, *told.form.problems):
        say(f"[yellow]Look:[/] {safe(sentence)}")
