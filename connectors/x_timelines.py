"""What members posted themselves, tagged or not, account by account; each post that comes is paid for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import RequestRefused
from connectors.fields import Fields
from connectors.records import Member, Page
from connectors.verbatim import readable_members
from connectors.x_door import BATCH, SOURCE, Api, fitting, rfc3339, walk
from connectors.x_page import kind_of, problems, told

MANY_A_DAY = 8
"""Posts of one person: what fits on the first page."""
_USERNAME, _USER_ID = re.compile(r"[A-Za-z0-9_]{1,15}"), re.compile(r"[0-9]{1,19}")


def pages(api: Api, members: Sequence[Member], since: datetime, until: datetime, *, reposts: bool) -> Iterator[Page]:
    """One member who cannot be read costs that member; if X refuses every single request, its refusal is raised."""
    lost = Counter[str]()
    asked: dict[str, Any] = {
        "start_time": rfc3339(since),
        "end_time": rfc3339(until),
        "max_results": page_size(since, until),
    }
    asked |= {} if reposts else {"exclude": "retweets"}
    accounts, refusal, answered = _accounts(api, members, lost), None, False
    for account in accounts:
        try:
            for page, _ in walk(api, f"/2/users/{account}/tweets", asked, refused=lost):
                yield page
            answered = True
        except RequestRefused as error:
            refusal = error
            lost["request refused"] += 1
    if refusal is not None and not answered:
        raise refusal
    if lost:
        api.transport.warn(
            f"{lost.total()} of {len(members)} members' accounts cannot be read on {SOURCE} ({told(lost)}); "
            "ask them whether the account is protected or has another name now.",
            to_mend=True,
        )


def page_size(since: datetime, until: datetime) -> int:
    """What one member may post in the window; X may charge for what it prepares, so no more is asked for at once."""
    return fitting(MANY_A_DAY * -(-(until - since) // timedelta(days=1)))


def _accounts(api: Api, members: Sequence[Member], lost: Counter[str]) -> list[str]:
    """The ids of accounts; X is asked, and paid, only for those that we know by name alone."""
    known = [member.account_id for member in members if member.account_id]
    names = [member.handle for member in members if member.handle and not member.account_id]
    fit = [name for name in names if _USERNAME.fullmatch(name)]
    lost["no name of an account"] += len(names) - len(fit)
    for start in range(0, len(fit), BATCH):
        batch = fit[start : start + BATCH]
        _, parts = api.users("/2/users/by", {"usernames": ",".join(batch)}, len(batch))
        lost.update(kind_of(problem) for problem in problems(parts))
        for piece in parts.pieces("data"):
            user = Fields(readable_members(piece, ("id", "protected")))
            account = user.identity("id")
            if user.truth("protected"):
                lost["not-authorized-for-resource"] += 1
            elif account:
                known.append(account)
    wrong = [account for account in known if not _USER_ID.fullmatch(account)]
    lost["no id of an account"] += len(wrong)
    for name in [name for name, number in lost.items() if not number]:
        del lost[name]
    return [account for account in known if account not in wrong]
