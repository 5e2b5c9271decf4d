"""The control endpoint: any process can set the clock, plant faults and read the log over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

from sandbox.acts_sheet import acts_csv
from sandbox.browsed import zeeschuimer_ndjson
from sandbox.papers import hand_csv, roster_csv
from sandbox.server import Sandbox, listening
from sandbox.truth import truth
from sandbox.world import moment


@contextmanager
def controlling(sandbox: Sandbox, *, port: int = 0) -> Iterator[str]:
    """Serve the control endpoint and yield its base URL."""
    with listening(type("Control", (Control,), {"sandbox": sandbox}), port) as url:
        yield url


class Control(BaseHTTPRequestHandler):
    sandbox: Sandbox
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sandbox = self.sandbox
        match self.path.partition("?")[0]:
            case "/_sandbox/clock":
                self._json({"now": sandbox.clock.now().isoformat()})
            case "/_sandbox/faults":
                self._json([_told(fault) for fault in sandbox.faults.planted])
            case "/_sandbox/requests":
                self._json([{**asdict(request), "at": request.at.isoformat()} for request in sandbox.requests])
            case "/_sandbox/meters":
                self._json({place: meter.told() for place, meter in sandbox.meters.items()})
            case "/_sandbox/world":
                collections = [moment.isoformat() for moment in sandbox.world.collections()]
                self._json(
                    {
                        "name": sandbox.world.name,
                        "base_urls": sandbox.base_urls,
                        "places": sandbox.urls,
                        "collections": collections,
                    }
                )
            case "/_sandbox/truth":
                self._json(truth(sandbox.world))
            case "/_sandbox/campaign.toml":
                self._text(sandbox.campaign_toml())
            case "/_sandbox/roster.csv":
                self._text(roster_csv(sandbox.world))
            case "/_sandbox/hand.csv":
                self._text(hand_csv(sandbox.world, sandbox.clock.now()))
            case "/_sandbox/acts.csv":
                self._text(acts_csv(sandbox.world, sandbox.clock.now()))
            case "/_sandbox/zeeschuimer.ndjson":
                self._text(zeeschuimer_ndjson(sandbox.world, sandbox.clock.now()))
            case _:
                self._json({"error": "There is no such thing here; see sandbox/README.md."}, 404)

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or "{}")
        try:
            match self.path:
                case "/_sandbox/clock":
                    self._set_clock(given)
                case "/_sandbox/faults":
                    self._plant(given)
                case "/_sandbox/meters":
                    self._prepay(given)
                case _:
                    self._json({"error": "There is no such thing here; see sandbox/README.md."}, 404)
        except (KeyError, TypeError, ValueError) as error:
            self._json({"error": str(error)}, 400)

    def do_DELETE(self) -> None:
        match self.path:
            case "/_sandbox/faults":
                self.sandbox.faults.clear()
            case "/_sandbox/requests":
                self.sandbox.requests.clear()
            case "/_sandbox/meters":
                for meter in self.sandbox.meters.values():
                    meter.clear()
        self._json({})

    def _set_clock(self, given: dict[str, Any]) -> None:
        if "now" in given:
            self.sandbox.clock.set(moment(given["now"]))
        self.sandbox.clock.advance(float(given.get("advance", 0)))
        self._json({"now": self.sandbox.clock.now().isoformat()})

    def _plant(self, given: dict[str, Any] | list[dict[str, Any]]) -> None:
        faults = [self.sandbox.faults.plant(**one) for one in (given if isinstance(given, list) else [given])]
        self._json([_told(fault) for fault in faults])

    def _prepay(self, given: dict[str, Any]) -> None:
        credit = given["credit"]
        self.sandbox.meters[given["place"]].credit = None if credit is None else Decimal(f"{float(credit):.3f}")
        self._json({place: meter.told() for place, meter in self.sandbox.meters.items()})

    def _json(self, document: object, status: int = 200) -> None:
        self._send(json.dumps(document, ensure_ascii=False, default=str), "application/json", status)

    def _text(self, text: str) -> None:
        self._send(text, "text/plain; charset=utf-8", 200)

    def _send(self, text: str, kind: str, status: int) -> None:
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the caller sees the answers."""


def _told(fault: Any) -> dict[str, Any]:
    return {
        "at": fault.at,
        "kind": fault.kind,
        "first": fault.first,
        "times": fault.times,
        **fault.options,
        "asked": fault.asked,
        "hit": fault.hit,
    }
