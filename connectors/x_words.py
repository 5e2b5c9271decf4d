"""What is written in a search of X: as many tags or threads to a query as its length allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

LONGEST_QUERY = 512
Terms = tuple[str, ...]


def tags_written(tags: Terms) -> str:
    """Reposts are left out since May 2026 whatever is asked; the old search left them out for `-is:retweet`."""
    return f"({' OR '.join(f'#{tag}' for tag in tags)}) -is:retweet"


def tags_apart(tags: Terms) -> Iterator[Terms]:
    yield from _apart(tags, tags_written)


def conversations_in(ids: Terms) -> Iterator[str]:
    """The searches for everything that was answered in these threads."""
    yield from (_conversations(part) for part in _apart(ids, _conversations))


def _conversations(ids: Terms) -> str:
    return f"({' OR '.join(f'conversation_id:{one}' for one in ids)}) is:reply"


def _apart(terms: Terms, written: Callable[[Terms], str]) -> Iterator[Terms]:
    part: Terms = ()
    for term in terms:
        if part and len(written((*part, term))) > LONGEST_QUERY:
            yield part
            part = ()
        part = (*part, term)
    if part:
        yield part
