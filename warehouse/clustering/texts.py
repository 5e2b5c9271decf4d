"""Texts that are nearly the same, found by their rarest words.

Two sets of tokens of which half are shared have one of their rarest tokens in common: the first half of each and one
more, whatever order the tokens are put in ("prefix filtering", "Scaling up all pairs similarity search", WWW 2007).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice

import regex

SAME, DOUBTFUL = 0.80, 0.50
TELLING = 4
"""Tokens that a text must have for its copies to be told by it; shorter ones are greetings."""
COMPARABLE = 6
"""Tokens that two texts must have to be told by how many of them they share."""
MOST, FEWEST, LOOKED_AT = 64, 8, 4
IN_ALL = 30_000

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{2,}")

Text = tuple[int, frozenset[str]]
"""How many tokens it has, and which."""


def read(words: str) -> Text:
    """A text's tokens. Where a script writes no spaces they are its pairs of signs, and two signs count as a token."""
    if words.isascii() or not _UNSPACED.search(words):
        tokens = words.split()
        return len(tokens), frozenset(tokens)
    runs = _UNSPACED.findall(words)
    tokens = _UNSPACED.sub(" ", words).split()
    pairs = (run[at : at + 2] for run in runs for at in range(len(run) - 1))
    return len(tokens) + sum(len(run) // 2 for run in runs), frozenset(chain(tokens, pairs))


def alike(texts: Sequence[Text]) -> Iterator[tuple[int, int, float]]:
    """Pairs of different texts, by index, and the share of their tokens that they share, if it is at least DOUBTFUL.

    Exact, unless a text is alike to very many before it (MOST; fewer for one person's hundred thousand): then not all
    of them are told, those with the rarest words and the latest first.
    """
    often = Counter(chain.from_iterable(tokens for size, tokens in texts if size >= COMPARABLE))
    shared = sorted((token for token, times in often.items() if times > 1), key=lambda token: (often[token], token))
    rank = {token: place for place, token in enumerate(shared)}
    most = max(FEWEST, min(MOST, IN_ALL // len(texts))) if texts else 0
    having: dict[int, list[int]] = defaultdict(list)
    for index, (size, tokens) in enumerate(texts):
        if size < COMPARABLE:
            continue
        ranks = sorted([rank[token] for token in tokens if token in rank])
        # the tokens that no other text has are the rarest, and part of the first half
        telling = ranks[: max(0, len(tokens) // 2 + 1 - (len(tokens) - len(ranks)))]
        yield from islice(_alike_to(index, tokens, telling, texts, having, most * LOOKED_AT), most)
        for token in telling:
            having[token].append(index)


def _alike_to(
    index: int,
    tokens: frozenset[str],
    telling: Sequence[int],
    texts: Sequence[Text],
    having: dict[int, list[int]],
    look_at: int,
) -> Iterator[tuple[int, int, float]]:
    seen: set[int] = set()
    for token in telling:
        for other in islice(reversed(having[token]), look_at):
            if other in seen:
                continue
            if len(seen) == look_at:
                return
            seen.add(other)
            theirs = texts[other][1]
            both = len(tokens & theirs)
            score = both / (len(tokens) + len(theirs) - both)
            if score >= DOUBTFUL:
                yield other, index, score


def cut_short(cut: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str, float]]:
    """Texts of `cut` that are the beginning of another one, which is how much longer.

    At least TELLING of its tokens must be whole; the last one may have been cut.
    """
    if not cut:
        return
    in_order = sorted(known)
    for beginning in sorted(cut):
        start = bisect_left(in_order, beginning)
        for whole in islice(in_order, start, start + MOST):
            if not whole.startswith(beginning):
                break
            if whole != beginning and _whole_tokens(beginning, whole) >= TELLING:
                yield beginning, whole, len(beginning) / len(whole)


def _whole_tokens(beginning: str, whole: str) -> int:
    is_whole = whole[len(beginning)] == " "
    return read(beginning)[0] if is_whole else read(beginning.rpartition(" ")[0])[0]
