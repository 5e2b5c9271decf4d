"""The command line. `main` turns every error of ours into one plain sentence and an exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 partial (some platform failed; the rest is in) · 4 quality gate
red (nothing new published). Tracebacks only with --debug; secrets never.
"""

from __future__ import annotations

import logging
import sys

from connectors.errors import ConnectorError
from flows.cli.console import complain
from flows.errors import ConfigurationError
from flows.logs import configure_logging
from flows.settings import Settings, silence_telemetry
from reports.errors import ReportError
from warehouse.errors import GateRed, RosterError, WarehouseError

DONE, FAILED, USAGE, PARTIAL, RED = 0, 1, 2, 3, 4


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run([word for word in given if word != "--debug"], debug="--debug" in given))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command and return its exit code."""
    try:
        silence_telemetry()
        configure_logging(Settings.from_environment(), debug=debug)
        from flows.cli.app import app

        app(arguments, prog_name="rollcall")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE
    except KeyboardInterrupt:
        complain("Stopped. What was read so far is kept; the next run goes on from there.")
        return 130
    except Exception as error:
        logging.getLogger(__name__).debug("the command ended in an error", exc_info=True)
        complain(str(error) if foreseen(error) else _unforeseen(error, debug))
        for problem in error.problems if isinstance(error, RosterError) else ():
            complain(problem)
        return exit_code(error)
    return DONE


def foreseen(error: Exception) -> bool:
    """Whether the error is one of ours, whose message is a sentence for people."""
    return isinstance(error, ConfigurationError | WarehouseError | ConnectorError | ReportError)


def exit_code(error: Exception) -> int:
    if isinstance(error, GateRed):
        return RED
    return USAGE if isinstance(error, ConfigurationError | RosterError) else FAILED


def _unforeseen(error: Exception, debug: bool) -> str:
    hint = "" if debug else " Run the same command with --debug and send us what it prints."
    return f"This stopped on an error of ours ({type(error).__name__}).{hint}"
