"""The command line. `main` turns every error of ours into one plain sentence and an exit code.

0 done · 1 failed · 2 wrong usage or configuration · 3 partial (some platform failed; the rest is in) · 4 quality gate
red (nothing new published) · 130 stopped with Ctrl-C. Tracebacks only with --debug; secrets never.
"""

from __future__ import annotations

import logging
import os
import sys

from flows.cli import endings
from flows.cli.console import complain, show_json
from flows.logs import configure_logging
from flows.settings import Settings, silence_telemetry


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    given = sys.argv[1:] if arguments is None else arguments
    code = run([word for word in given if word != "--debug"], debug="--debug" in given)
    if code == endings.STOPPED:  # at once: threads may still wait for a platform, and nothing is lost by their end
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command and return its exit code."""
    try:
        silence_telemetry()
        configure_logging(Settings.from_environment(), debug=debug)
        from flows.cli.app import app

        app(arguments, prog_name="rollcall")
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else endings.DONE
    except KeyboardInterrupt:
        code = endings.STOPPED
    except Exception as error:
        logging.getLogger(__name__).debug("the command ended in an error", exc_info=True)
        if "--json" in arguments:
            show_json(endings.as_json(error))
        return endings.end(error)
    if code == endings.STOPPED:
        complain("Stopped. What was read so far is kept; the next run goes on from there.")
    return code
