"""`python -m sandbox --world DIR`: serve a world until interrupted, and print where everything is."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.control import controlling
from sandbox.server import serve
from sandbox.world import load, moment

WORLDS = Path(__file__).parent / "worlds"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Serve a simulated world over HTTP on this computer."
    )
    parser.add_argument(
        "--world",
        type=Path,
        default=WORLDS / "lanterns",
        help="the folder of the world (default: the small one that ships)",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port of the control endpoint; the platforms take the ports after it"
    )
    parser.add_argument("--now", default="", help="where the world's clock stands, e.g. 2026-02-04T06:00:00Z")
    asked = parser.parse_args()
    world = load(asked.world)
    ports = range(asked.port + 1, asked.port + 10) if asked.port else ()
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    with serve(world, ports=ports) as sandbox, controlling(sandbox, port=asked.port) as control:
        if asked.now:
            sandbox.clock.set(moment(asked.now))
        lines = [f"{name:40} {url}" for name, url in sandbox.urls.items()]
        sys.stdout.write(
            "\n".join(
                [
                    f"The world '{world.name}' at {sandbox.clock.now():%Y-%m-%d %H:%M} UTC",
                    *lines,
                    f"{'control':40} {control}/_sandbox/",
                    "",
                ]
            )
        )
        sys.stdout.flush()
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
