"""`python -m sandbox --world DIR`: serve a world until interrupted, and print where everything is."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sandbox.control import controlling
from sandbox.server import Sandbox, serve
from sandbox.world import World, load, moment

PAPERS = ("roster.csv", "hand.csv", "acts.csv", "zeeschuimer.ndjson")
"""What the team has as of the clock: roster, the clerks' two sheets, the browser's export."""
WORLDS = Path(__file__).parent / "worlds"


def main() -> int:
    asked = _asked()
    ports = range(asked.port + 1, asked.port + 10) if asked.port else ()
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    with serve(asked.world, ports=ports) as sandbox, controlling(sandbox, port=asked.port) as control:
        sandbox.clock.set(asked.now or asked.world.collections()[-1])
        sys.stdout.write("\n".join(_words(sandbox, control)) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Serve a simulated world over HTTP on this computer."
    )
    parser.add_argument("--world", type=_world, default=str(WORLDS / "lanterns"), help="the folder of the world")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the control endpoint; the platforms take the ports after it"
    )
    parser.add_argument(
        "--now", type=_moment, help="where its clock stands, e.g. 2026-02-04T06:00:00Z (default: when all was posted)"
    )
    return parser.parse_args()


def _world(folder: str) -> World:
    try:
        return load(Path(folder))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{folder} is no world: {error.filename} cannot be read") from error


def _moment(written: str) -> datetime:
    try:
        return moment(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written} is not a time such as 2026-02-04T06:00:00Z") from None


def _words(sandbox: Sandbox, control: str) -> Iterator[str]:
    """Where everything is, and what a collector needs to be let in."""
    world = sandbox.world
    yield f"The world '{world.name}' at {sandbox.clock.now():%Y-%m-%d %H:%M} UTC. Its clock stands until it is set."
    yield from (f"{name:40} {url}" for name, url in sandbox.urls.items())
    yield f"{'control':40} {control}/_sandbox/"
    yield f"\ncurl -s {control}/_sandbox/campaign.toml > campaigns/{world.name}.toml"
    yield from (f"curl -s -O {control}/_sandbox/{paper}" for paper in PAPERS)
    yield from (f"export {name}={value}" for name, value in world.credentials().items())


if __name__ == "__main__":
    sys.exit(main())
