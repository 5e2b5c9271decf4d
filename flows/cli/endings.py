"""How a command ends: its exit code, and what people and scripts are told of an error."""

from __future__ import annotations

import logging
from typing import Any

from flows.cli.console import complain
from flows.errors import ConfigurationError, sentence
from warehouse.errors import GateRed, ReviewError, RosterError, SurveyError

DONE, FAILED, USAGE, PARTIAL, RED, STOPPED = 0, 1, 2, 3, 4, 130


def end(error: Exception) -> int:
    """Say in a sentence what stopped the command, and return its exit code."""
    debugging = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
    hint = "" if debugging or sentence(error) else " Run the same command with --debug and send us what it prints."
    complain(_said(error) + hint)
    for problem in _problems(error):
        complain(problem)
    return exit_code(error)


def exit_code(error: Exception) -> int:
    if isinstance(error, GateRed):
        return RED
    return USAGE if isinstance(error, ConfigurationError | RosterError | ReviewError | SurveyError) else FAILED


def as_json(error: Exception) -> dict[str, Any]:
    """The same for scripts. A red gate says how many rules passed and failed, as a green one does."""
    if isinstance(error, GateRed):
        found = {"published": False, "as_of": None, "headline": None, "checks": error.checks}
        return {"state": "red", **found, "error": _said(error), "failing": _problems(error)}
    return {"state": "failed", "error": _said(error), "problems": _problems(error)}


def _said(error: Exception) -> str:
    return sentence(error) or f"This stopped on an error of ours ({type(error).__name__})."


def _problems(error: Exception) -> list[str]:
    if isinstance(error, GateRed):
        from flows.steps.build import failing

        return failing(error.found)
    return error.problems if isinstance(error, RosterError | ReviewError | SurveyError) else []
