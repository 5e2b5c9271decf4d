"""Looking at the pictures of posts that were read: only their hashes are kept, and each is read once.

After the posts of a platform, a bounded number of them in a run, by a few threads. It costs nothing on any platform,
and what cannot be read is a warning with a number, never the platform's failure: the next run tries it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic

from connectors.media import Pictures
from connectors.records import Query
from connectors.transport import Transport
from flows.steps.collection import Collection, user_agent
from warehouse import ledger, media

AT_ONCE = 4
BATCH = 40
MOST = 2000
"""Pictures of a platform in one run."""
LONGEST = 600.0
"""Seconds for them all; what is left waits for the next run."""


def is_wanted(collection: Collection, platform: str) -> bool:
    """`media = false` in a platform's table leaves its pictures alone."""
    wanted = collection.campaign.platforms[platform].get("media", True)
    return collection.stream == "posts" and bool(wanted)


def read(collection: Collection, platform: str, queries: Iterable[Query], transport: Transport) -> None:
    """Look at the pictures that wait. Raises what the warehouse raises, nothing of what the pictures' hosts do."""
    name, ends = collection.campaign.name, monotonic() + LONGEST
    with collection.engine.begin() as connection:
        waiting = media.waiting(connection, name, platform, MOST)
    if not waiting:
        return
    servers = {server for query in queries for server in (query.base_url, f"https://{query.source}")}
    states: Counter[str] = Counter()
    with Pictures(platform, servers, user_agent(collection.campaign)) as pictures, ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, len(waiting), BATCH):
            if monotonic() > ends or collection.is_over:
                break
            findings = list(pool.map(partial(_finding, pictures), waiting[first : first + BATCH]))
            at = collection.clock()
            keep = partial(media.told, campaign_name=name, platform=platform, findings=findings, at=at)
            ledger.retrying(collection.engine, keep)
            states.update(finding.state for finding in findings)
            collection.progress(platform, f"{states.total()} of {len(waiting)} pictures looked at")
    _tell(states, len(waiting), transport)


def _finding(pictures: Pictures, picture: media.Picture) -> media.Finding:
    seen = pictures.see(picture.url)
    sha256, phash = (seen.look.sha256, seen.look.phash) if seen.look else (None, None)
    return media.Finding(picture, seen.state, sha256, phash)


def _tell(states: Counter[str], waiting: int, transport: Transport) -> None:
    """What was not read, as sentences."""
    if failed := states["failed"]:
        transport.warn(f"{failed} pictures could not be read; the next runs try them again, three times in all.")
    if refused := states["refused"]:
        transport.warn(f"{refused} pictures were not read: they are too large, or not on the platform's own hosts.")
    if left := waiting - states.total():
        transport.warn(f"{left} pictures were not looked at within the time for them; the next run goes on.")
