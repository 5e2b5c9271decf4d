"""Being logged in at Bluesky: https://docs.bsky.app/docs/api/com-atproto-server-create-session, `platforms.md` §6.1.

An account may log in 30 times in 5 minutes and 300 times in a day, so a run logs in once: its `Transport` is what the
session belongs to, and it ends with it. An access token lasts about two hours; one that has expired is renewed with
`refreshSession`, and only where that fails there is a second login.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import requests

from connectors import verbatim
from connectors.errors import AccessDenied, ConnectorError, RequestRefused, Unavailable
from connectors.fields import Fields
from connectors.records import Query
from connectors.transport import Transport

CREDENTIAL = "ROLLCALL_BLUESKY_APP_PASSWORD"
SETTINGS = f"ROLLCALL_BLUESKY_HANDLE and {CREDENTIAL}"
OUR_OWN_JUDGEMENT = frozenset({200, 400, 401, 403})
"""What a status means is told by the error's name in the answer: an expired token comes as 400."""
STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
UNNAMED = {
    "Could not locate record": "RecordNotFound",
    "Could not find repo": "RepoNotFound",
    "Profile not found": "ProfileNotFound",
    "Account is deactivated": "AccountDeactivated",
    "Account has been suspended": "AccountTakedown",
    "Post not found": "NotFound",
}
"""What some servers call no more than `InvalidRequest`, by how the message begins."""


@dataclass(slots=True)
class _Tokens:
    access: str
    refresh: str
    handle: str | None


_tokens: WeakKeyDictionary[Transport, dict[tuple[str, str, str], _Tokens]] = WeakKeyDictionary()


class Refused(RequestRefused):
    """The platform says no to this one request, by a name of its own."""

    def __init__(self, message: str, error: str) -> None:
        super().__init__(message)
        self.error = error


class TurnedAway(Unavailable):
    """The edge of the network answered with a web page, before anybody looked at our login."""


class Session:
    """What a query's server answers to us. Requests are made as the account whose app password we were given."""

    def __init__(self, query: Query, transport: Transport, credentials: Mapping[str, str]) -> None:
        self.query, self._transport = query, transport
        self._identifier = credentials.get("handle", "").strip().lstrip("@")
        self._password = credentials.get("app_password", "").strip()
        if not self._identifier or not self._password:
            raise AccessDenied(
                f"{query.source} wants an account and an app password of it; run rollcall connect bluesky, or set "
                f"{SETTINGS}."
            )
        self._kept = _tokens.setdefault(transport, {})

    @property
    def handle(self) -> str | None:
        return self._current().handle

    def ask(self, method: str, params: Mapping[str, Any]) -> requests.Response:
        """The answer to a query of the API, with status 200. Raises `Refused` with the platform's name of the error."""
        for renew in (self._current, self._refreshed, self._logged_in):
            tokens = renew()
            if tokens is None:
                continue
            answer = self._get(method, params, tokens.access)
            error = self._judged(answer)
            if error is None:
                return answer
            if error not in STALE:
                raise self._refusal(answer.status_code, error)
        raise AccessDenied(f"{self.query.source} accepts our login and then refuses it; check {SETTINGS}.")

    def _get(self, method: str, params: Mapping[str, Any], token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self._transport.get(self._url(method), params, headers, OUR_OWN_JUDGEMENT, CREDENTIAL)

    def _post(self, method: str, body: object = None, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._transport.attempt(
            lambda: self._transport.session.post(self._url(method), json=body, headers=headers), OUR_OWN_JUDGEMENT
        )

    def _url(self, method: str) -> str:
        return f"{self.query.base_url}/xrpc/{method}"

    def _current(self) -> _Tokens:
        return self._kept.get(self._key) or self._logged_in()

    @property
    def _key(self) -> tuple[str, str, str]:
        return self.query.base_url, self._identifier, self._password

    def _refreshed(self) -> _Tokens | None:
        answer = self._post("com.atproto.server.refreshSession", token=self._current().refresh)
        return None if self._judged(answer) else self._keep(answer)

    def _logged_in(self) -> _Tokens:
        body = {"identifier": self._identifier, "password": self._password}
        answer = self._post("com.atproto.server.createSession", body)
        match self._judged(answer):
            case None:
                return self._keep(answer)
            case "AuthFactorTokenRequired":
                raise AccessDenied(
                    f"{self.query.source} asks for a second factor: put an app password into {CREDENTIAL}, not the "
                    "account's own password."
                )
            case "AccountTakedown":
                raise AccessDenied(f"{self.query.source} has suspended our account; use another one.")
            case error if answer.status_code == 400 and error not in STALE:
                raise self._refusal(400, error)
            case _:
                raise AccessDenied(
                    f"{self.query.source} does not accept the handle and app password; check or renew {SETTINGS}."
                )

    def _keep(self, answer: requests.Response) -> _Tokens:
        session = Fields(verbatim.decode_or_none(answer.content))
        access, refresh = session.text("accessJwt"), session.text("refreshJwt")
        if not access or not refresh:
            raise AccessDenied(f"{self.query.source} answers a login without a session; is it a Bluesky server?")
        self._kept[self._key] = _Tokens(access, refresh, session.text("handle"))
        return self._kept[self._key]

    def _judged(self, answer: requests.Response) -> str | None:
        """None for a good answer, else the error's name. A web page instead of an error is the edge of the network."""
        if answer.status_code == 200:
            return None
        document = verbatim.document(answer.content)
        if document is None:
            raise TurnedAway(
                f"{self.query.source} turned us away at its edge ({answer.status_code}, with a web page): that is not "
                "about our password. The next run tries again; if it lasts, check that the address is that of an "
                "account's own server."
            )
        told = Fields(verbatim.decode_or_none(document))
        message = told.text("message") or ""
        known = (name for beginning, name in UNNAMED.items() if message.startswith(beginning))
        return next(known, None) or told.text("error") or "without a name"

    def _refusal(self, status: int, error: str) -> ConnectorError:
        name = error if error.isalpha() and error.isascii() and len(error) < 40 else "without a name"
        if status in (401, 403):
            return AccessDenied(f"{self.query.source} refuses access ({status}, {name}); check {SETTINGS}.")
        return Refused(f"{self.query.source} refuses our request ({status}, {name}).", name)
