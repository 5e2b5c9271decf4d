"""What posts' pictures look like: which wait to be read, and what came of it. Pictures themselves are never kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

TRIES = 3
"""What could not be read so many times is given up."""

WAITING = text("""
select post_id, name, url from core.media
where campaign = :campaign and platform = :platform and state = 'waiting' and url is not null
order by tries, first_seen_at, post_id, name
limit :most
""")

SEEN = text("""
update core.media m set
  state = case
    when seen.state <> 'failed' then seen.state
    when m.tries + 1 >= :tries then 'unreadable'
    else 'waiting'
  end,
  url = case when seen.state = 'failed' and m.tries + 1 < :tries then m.url end,
  sha256 = seen.sha256,
  phash = seen.phash,
  tries = m.tries + 1,
  tried_at = :at
from unnest(
  cast(:post_ids as text[]), cast(:names as text[]), cast(:states as text[]),
  cast(:sha256s as text[]), cast(:phashes as text[])
) as seen (post_id, name, state, sha256, phash)
where m.campaign = :campaign and m.platform = :platform and m.state = 'waiting'
  and m.post_id = seen.post_id and m.name = seen.name
""")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of one post that waits to be read."""

    post_id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of reading it: `failed` waits for the next run, or is given up; the hashes are hex."""

    picture: Picture
    state: Literal["hashed", "gone", "refused", "failed"]
    sha256: str | None = None
    phash: str | None = None


def waiting(connection: Connection, campaign_name: str, platform: str, most: int) -> list[Picture]:
    """At most so many, those first that were never tried."""
    given = {"campaign": campaign_name, "platform": platform, "most": most}
    return [Picture(*row) for row in connection.execute(WAITING, given)]


def told(connection: Connection, campaign_name: str, platform: str, findings: Sequence[Finding], at: datetime) -> None:
    """Keep what came of reading them, in one statement. Posts that went in the meantime are passed over."""
    connection.execute(
        SEEN,
        {
            "campaign": campaign_name,
            "platform": platform,
            "tries": TRIES,
            "at": at,
            "post_ids": [one.picture.post_id for one in findings],
            "names": [one.picture.name for one in findings],
            "states": [one.state for one in findings],
            "sha256s": [one.sha256 for one in findings],
            "phashes": [one.phash for one in findings],
        },
    )
