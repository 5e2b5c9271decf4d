"""Copies of connectors with one defect each, and the check that must notice it.

Each defect is a function that takes the real module and gives what it does instead; the copy is the real module with
that in place of its own.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from connectors.errors import AccessDenied, ConnectorError, QuotaSpent, RateLimited
from connectors.records import Again, Gone, Interaction, Post, RawItem, Rejected
from tests.connectors.kit.wire import places


@dataclass(frozen=True, kw_only=True)
class Defect:
    name: str
    platform: str
    check: str
    change: Callable[[Any], dict[str, Any]]
    """What replaces functions of the real module."""

    def copy(self, real: Any) -> Any:
        names = {name: getattr(real, name) for name in dir(real) if not name.startswith("__")}
        return SimpleNamespace(**{**names, **self.change(real)})


# reading pages


def window_begins_late(real: Any) -> dict[str, Any]:
    """The window's first hour is taken for read."""

    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        return real.fetch(replace(search, since=search.since + timedelta(hours=1)), *more)

    return {"fetch": fetch}


def window_ends_early(real: Any) -> dict[str, Any]:
    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        return real.fetch(replace(search, until=search.until - timedelta(hours=4)), *more)

    return {"fetch": fetch}


def a_page_is_dropped(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for number, page in enumerate(real.fetch(*given)):
            if number != 1:
                yield page

    return {"fetch": fetch}


def stops_at_an_empty_page(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for page in real.fetch(*given):
            yield page
            if not list(real.split(page)):
                return

    return {"fetch": fetch}


def stops_at_a_repeated_token(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        known: list[str] = []
        for page in real.fetch(*given):
            yield page
            told = [value for path, value in places(json.loads(page.body)) if path and path[-1] in _TOKENS]
            if told and told == known:
                return
            known = told

    return {"fetch": fetch}


_TOKENS = ("cursor", "after", "next_token", "nextPageToken")


def never_stops(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        while True:
            try:
                yield from real.fetch(*given)
            except ConnectorError:
                continue

    return {"fetch": fetch}


def swallows_the_end(real: Any) -> dict[str, Any]:
    """An error is taken for the end of the list."""

    def fetch(*given: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(*given)
        except ConnectorError:
            return

    return {"fetch": fetch}


def stops_at_an_old_post(real: Any) -> dict[str, Any]:
    def fetch(search: Any, *more: Any) -> Iterator[Any]:
        for page in real.fetch(search, *more):
            yield page
            posts = [real.parse(item) for item in real.split(page)]
            times = [post.created_at for post in posts if isinstance(post, Post) and post.created_at]
            if times and min(times) < search.since:
                return

    return {"fetch": fetch}


def hands_over_at_the_end(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        yield from list(real.fetch(*given))

    return {"fetch": fetch}


# keys


def _items(real: Any, change: Callable[[RawItem, Any], Any]) -> Callable[[Any], Iterator[Any]]:
    def split(page: Any) -> Iterator[Any]:
        for piece in real.split(page):
            yield change(piece, page) if isinstance(piece, RawItem) else piece

    return split


def key_by_page(real: Any) -> dict[str, Any]:
    """A post that comes on two pages is two."""
    return {"split": _items(real, lambda item, page: replace(item, key=f"{item.key}/{abs(hash(page.body)) % 97}"))}


def key_by_route(real: Any) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        post = real.parse(item)
        return replace(post, post_id=item.key) if isinstance(post, Post) else post

    change = lambda item, page: replace(item, key=f"{page.query.partition('/')[0]}:{item.key}")  # noqa: E731
    return {"split": _items(real, change), "parse": parse}


def one_key_for_two(real: Any) -> dict[str, Any]:
    """The primary key is cut short, so that posts share it."""
    return {"split": _items(real, lambda item, page: replace(item, key=item.key[:-1]))}


# items


def _posts(real: Any, change: Callable[[Post, RawItem], Any]) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        post = real.parse(item)
        return change(post, item) if isinstance(post, Post) else post

    return {"parse": parse}


def unknown_is_zero(real: Any) -> dict[str, Any]:
    def change(post: Post, item: RawItem) -> Post:
        counts = post.counts
        return replace(post, counts=replace(counts, likes=counts.likes or 0, replies=counts.replies or 0))

    return _posts(real, change)


def naive_is_utc(real: Any) -> dict[str, Any]:
    """A time without a zone is believed."""

    def change(post: Post, item: RawItem) -> Post:
        if post.created_at:
            return post
        for value in _times(item):
            return replace(post, created_at=value.replace(tzinfo=value.tzinfo or UTC))
        return post

    return _posts(real, change)


def _times(item: RawItem) -> Iterator[datetime]:
    for path, value in places(json.loads(item.body)):
        if path and "at" in str(path[-1]).lower() + "timestamp" and isinstance(value, str):
            try:
                yield datetime.fromisoformat(value)
            except ValueError:
                continue


absurd_time_is_kept = naive_is_utc


def handle_is_the_account(real: Any) -> dict[str, Any]:
    def change(post: Post, item: RawItem) -> Post:
        author = post.author
        return replace(post, author=replace(author, account_id=author.handle or "")) if author else post

    return _posts(real, change)


def accounts_are_left_out(real: Any) -> dict[str, Any]:
    return {"split": _items(real, lambda item, page: replace(item, accounts=item.accounts[:1]))}


def everything_is_public(real: Any) -> dict[str, Any]:
    return {"split": _items(real, lambda item, page: replace(item, public=True))}


def others_words_are_kept(real: Any) -> dict[str, Any]:
    """The whole page goes along with each item."""

    def change(item: RawItem, page: Any) -> RawItem:
        return replace(item, body=json.dumps({**json.loads(item.body), "beside": json.loads(page.body)}).encode())

    return {"split": _items(real, change), "parse": lambda item: real.parse(_without(item))}


def _without(item: RawItem) -> RawItem:
    body = json.loads(item.body)
    body.pop("beside", None)
    return replace(item, body=json.dumps(body).encode())


def an_unknown_part_is_fatal(real: Any) -> dict[str, Any]:
    def parse(item: RawItem) -> Any:
        result = real.parse(item)
        if isinstance(result, Rejected) or result.flags:
            raise KeyError("embed")
        return result

    return {"parse": parse}


def a_bad_neighbour_costs_the_page(real: Any) -> dict[str, Any]:
    def split(page: Any) -> Iterator[Any]:
        pieces = list(real.split(page))
        return iter([piece for piece in pieces if isinstance(piece, Rejected)] or pieces)

    return {"split": split}


def a_bad_item_vanishes(real: Any) -> dict[str, Any]:
    return {"split": lambda page: (piece for piece in real.split(page) if isinstance(piece, RawItem))}


# secrets


def a_token_in_the_log(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        logging.getLogger("connectors").debug("asking with %s", dict(credentials))
        yield from real.fetch(search, transport, credentials)

    return {"fetch": fetch}


def a_token_in_an_address(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        for page in real.fetch(search, transport, credentials):
            yield replace(page, url=f"{page.url}&key={'&'.join(credentials.values())}")

    return {"fetch": fetch}


def a_token_in_an_error(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(search, transport, credentials)
        except AccessDenied as error:
            raise AccessDenied(f"{error} ({', '.join(credentials.values())})") from error

    return {"fetch": fetch}


# refusals


def a_refusal_is_retried(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        for _ in range(50):
            try:
                yield from real.fetch(*given)
            except AccessDenied as error:
                last = error
            else:
                return
        raise last

    return {"fetch": fetch}


def spent_is_taken_for_a_limit(real: Any) -> dict[str, Any]:
    def fetch(*given: Any) -> Iterator[Any]:
        try:
            yield from real.fetch(*given)
        except QuotaSpent as error:
            raise RateLimited(str(error)) from error

    return {"fetch": fetch}


def a_member_costs_all(real: Any) -> dict[str, Any]:
    def fetch(search: Any, transport: Any, credentials: Any) -> Iterator[Any]:
        yield from real.fetch(search, transport, credentials)
        if transport.warnings and search.query.members:
            raise AccessDenied("A member's account cannot be read.")

    return {"fetch": fetch}


# asking again, acts, forecasts


def deleted_is_never_told(real: Any) -> dict[str, Any]:
    def reread(*given: Any) -> Iterator[Again]:
        for again in real.reread(*given):
            yield replace(again, gone=())

    return {"reread": reread}


def absent_is_gone(real: Any) -> dict[str, Any]:
    """What an answer leaves out is taken for deleted, whatever the answer was."""

    def reread(items: Any, query: Any, transport: Any, credentials: Any) -> Iterator[Again]:
        first = True
        for again in real.reread(items, query, transport, credentials):
            there = {one.key for one in real.split(again.page) if isinstance(one, RawItem)} if again.page else set()
            gone = tuple(
                Gone(key=item.key, loss="deleted", observed_at=transport.clock())
                for item in items
                if first and item.key not in there
            )
            first = False
            yield replace(again, gone=again.gone or gone)

    return {"reread": reread}


def acts_with_words(real: Any) -> dict[str, Any]:
    def split_interactions(page: Any) -> Iterator[Any]:
        for act in real.split_interactions(page):
            said = page.body.decode("utf-8", "replace")
            yield (
                replace(act, target_handle=json.dumps(json.loads(said), ensure_ascii=False))
                if isinstance(act, Interaction)
                else act
            )

    return {"split_interactions": split_interactions}


def acts_of_no_time(real: Any) -> dict[str, Any]:
    """Everything that is seen lies within whatever window was asked for."""

    def fetch_interactions(search: Any, *more: Any) -> Iterator[Any]:
        everything = replace(search, since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC))
        for page in real.fetch_interactions(everything, *more):
            yield replace(page, about=f"{page.about}|{search.since.isoformat()}")

    def split_interactions(page: Any) -> Iterator[Any]:
        about, _, since = page.about.rpartition("|")
        for act in real.split_interactions(replace(page, about=about)):
            early = datetime.fromisoformat(since) + timedelta(minutes=1)
            yield replace(act, acted_at=early) if isinstance(act, Interaction) else act

    return {"fetch_interactions": fetch_interactions, "split_interactions": split_interactions}


def forecast_forgets_pages(real: Any) -> dict[str, Any]:
    def forecast(search: Any, posts: int) -> Any:
        return replace(real.forecast(search, posts), requests=1)

    return {"forecast": forecast}


def a_name_tells_whom(real: Any) -> dict[str, Any]:
    def queries(tags: Any, options: Any, members: Any = ()) -> Any:
        return tuple(
            replace(query, name=f"{query.name}/{query.members[0].handle}") if query.members else query
            for query in real.queries(tags, options, members)
        )

    return {"queries": queries}


def new_members_keep_the_name(real: Any) -> dict[str, Any]:
    def queries(tags: Any, options: Any, members: Any = ()) -> Any:
        found = real.queries(tags, options, members)
        return tuple(
            replace(query, name=f"members/{number}") if query.members else query for number, query in enumerate(found)
        )

    return {"queries": queries}


DEFECTS = (
    ("x", window_begins_late, "check_the_window_is_read_whole"),
    ("x", window_ends_early, "check_the_window_is_read_whole"),
    ("facebook", a_page_is_dropped, "check_pages_are_read_to_the_end"),
    ("bluesky", stops_at_an_empty_page, "check_an_empty_page_is_not_the_end"),
    ("mastodon", stops_at_an_empty_page, "check_an_empty_page_is_not_the_end"),
    ("x", stops_at_a_repeated_token, "check_a_token_that_repeats_itself_is_followed"),
    ("threads", never_stops, "check_the_same_page_for_ever_ends"),
    ("mastodon", swallows_the_end, "check_the_same_page_for_ever_ends"),
    ("wordpress", swallows_the_end, "check_nonsense_is_no_empty_answer"),
    ("mastodon", stops_at_an_old_post, "check_an_old_post_among_new_ones_ends_nothing"),
    ("facebook", hands_over_at_the_end, "check_what_came_before_an_error_is_kept"),
    ("bluesky", key_by_page, "check_a_post_on_two_pages_is_one"),
    ("threads", key_by_route, "check_keys_are_the_same_by_every_route"),
    ("wordpress", one_key_for_two, "check_keys_are_the_same_by_every_route"),
    ("youtube", unknown_is_zero, "check_each_leaf_may_be_missing_or_strange"),
    ("instagram", unknown_is_zero, "check_each_leaf_may_be_missing_or_strange"),
    ("bluesky", naive_is_utc, "check_strange_times_are_not_believed"),
    ("mastodon", absurd_time_is_kept, "check_strange_times_are_not_believed"),
    ("bluesky", handle_is_the_account, "check_a_handle_is_not_an_account"),
    ("mastodon", accounts_are_left_out, "check_suppressed_people_are_recognised"),
    ("facebook", everything_is_public, "check_what_is_not_public_is_marked"),
    ("x", others_words_are_kept, "check_nobody_elses_words_are_kept"),
    ("bluesky", an_unknown_part_is_fatal, "check_each_leaf_may_be_missing_or_strange"),
    ("wordpress", a_bad_neighbour_costs_the_page, "check_a_bad_neighbour_costs_itself"),
    ("threads", a_bad_item_vanishes, "check_a_bad_neighbour_costs_itself"),
    ("x", a_token_in_the_log, "check_no_secret_gets_out"),
    ("youtube", a_token_in_an_address, "check_no_secret_gets_out"),
    ("facebook", a_token_in_an_error, "check_no_secret_gets_out"),
    ("mastodon", a_refusal_is_retried, "check_a_refusal_of_access_ends_at_once"),
    ("x", spent_is_taken_for_a_limit, "check_a_spent_quota_ends_at_once"),
    ("bluesky", a_member_costs_all, "check_one_member_costs_that_member"),
    ("youtube", deleted_is_never_told, "check_only_what_is_gone_is_gone"),
    ("bluesky", absent_is_gone, "check_an_empty_answer_is_no_evidence"),
    ("mastodon", acts_with_words, "check_acts_have_no_words"),
    ("bluesky", acts_of_no_time, "check_acts_of_others_are_about_our_posts"),
    ("youtube", forecast_forgets_pages, "check_the_forecast_is_an_upper_bound"),
    ("instagram", a_name_tells_whom, "check_query_names_are_stable_and_tell_nobody"),
    ("x", new_members_keep_the_name, "check_query_names_are_stable_and_tell_nobody"),
)


def defects() -> list[Defect]:
    return [
        Defect(name=change.__name__, platform=platform, check=check, change=change)
        for platform, change, check in DEFECTS
    ]
