"""Reading items: one broken part costs that part, or the item, and never makes up anything."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from connectors.errors import BadAnswer
from connectors.permalinks import permalink
from connectors.records import Counts, Page, Post, RawItem, Rejected
from tests.connectors.kit.bench import HIDDEN, Bench, clone_of
from tests.connectors.kit.wire import Path, at, lists, places, put

SAMPLE = 60
"""Leaves that are tried each day; `everywhere` tries all of them."""
DROPPED = object()
STRANGE_TIMES = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.000Z", "yesterday", "", "2026-13-45T99:99:99Z")
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What one piece of a page is read as."""

    piece: RawItem | Rejected
    post: Post | Rejected


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One place of a page's document, and which record it is in, if any."""

    page: Page
    path: Path
    record: int | None


def read(bench: Bench, page: Page) -> list[Read]:
    found = []
    for piece in bench.connector.split(page):
        found.append(Read(piece=piece, post=bench.connector.parse(piece) if isinstance(piece, RawItem) else piece))
    return found


def specimens(bench: Bench) -> list[Page]:
    """Of each query the page with most posts."""
    return [
        max(reading.pages, key=lambda page: len(bench.keys([page])))
        for reading in bench.clean
        if bench.keys(reading.pages)
    ]


def posts_at(bench: Bench, page: Page) -> Path | None:
    """Where the posts of a page are: the list without which there are none."""
    for path in lists(json.loads(page.body)):
        document = put(json.loads(page.body), path, [])
        if isinstance(document, dict):
            document.pop("meta", None)
        try:
            if not list(bench.connector.split(replace(page, body=json.dumps(document).encode()))):
                return path
        except BadAnswer:
            return path
    return None


def short(bench: Bench, page: Page, records: int = 6) -> Page:
    """The page with a few of its records, and all that stands beside them."""
    document = json.loads(page.body)
    path = posts_at(bench, page)
    if path is None:
        return page
    document = put(document, path, at(document, path)[-records:])
    if isinstance(document, dict) and isinstance(document.get("meta"), dict):
        document["meta"]["result_count"] = len(at(document, path))
    return replace(page, body=json.dumps(document).encode())


def spots(bench: Bench, page: Page) -> Iterator[Spot]:
    """Each kind of place once: two records differ by number only."""
    document, known = json.loads(page.body), set[Path]()
    listed = posts_at(bench, page)
    for path, _ in places(document):
        kind = tuple("*" if isinstance(name, int) else name for name in path)
        if not path or isinstance(path[-1], int) or kind in known:
            continue
        known.add(kind)
        inside = listed is not None and path[: len(listed)] == listed and len(path) > len(listed)
        yield Spot(page=page, path=path, record=path[len(listed)] if inside and listed is not None else None)


def changed(spot: Spot, value: object) -> Page:
    document = copy.deepcopy(json.loads(spot.page.body))
    if value is DROPPED:
        del at(document, spot.path[:-1])[spot.path[-1]]
    else:
        put(document, spot.path, value)
    return replace(spot.page, body=json.dumps(document).encode())


def other_kinds(value: object) -> Iterator[object]:
    """The value gone, empty, and of another type."""
    yield DROPPED
    if value is not None:
        yield None
    if isinstance(value, str):
        yield "something new"
        yield 7
    elif isinstance(value, bool):
        yield "perhaps"
    elif isinstance(value, int | float):
        yield "many"
    elif isinstance(value, list):
        yield {"a": 1}
    elif isinstance(value, dict):
        yield [None]


def check_each_leaf_may_be_missing_or_strange(bench: Bench, everywhere: bool = False) -> None:
    """A part that is gone, null or of another type costs itself or its item: no guess, and no neighbour suffers."""
    chosen = [spot for page in specimens(bench) for spot in spots(bench, short(bench, page))]
    if not everywhere:
        chosen = random.Random(28).sample(chosen, min(SAMPLE, len(chosen)))
    for spot in chosen:
        before = read(bench, spot.page)
        for value in other_kinds(at(json.loads(spot.page.body), spot.path)):
            _try(bench, spot, value, before)


def _try(bench: Bench, spot: Spot, value: object, before: list[Read]) -> None:
    what = "dropped" if value is DROPPED else f"as {value!r}"
    where = f"{'.'.join(map(str, spot.path))} {what}"
    try:
        after = read(bench, changed(spot, value))
    except BadAnswer:
        assert spot.record is None, f"{where}: the whole page is refused for one item"
        return
    except Exception as error:
        raise AssertionError(f"{where}: {type(error).__name__} instead of a record") from error
    if spot.record is None:
        return
    assert len(after) == len(before), f"{where}: {len(before)} items became {len(after)}"
    kept = {one.piece.key for one in after if isinstance(one.piece, RawItem)}
    lost = [one for one in before if isinstance(one.piece, RawItem) and one.piece.key not in kept]
    assert len(lost) <= 1, f"{where}: {len(lost)} neighbours lose their names"
    same = [one for one in after if one in before]
    assert len(same) >= len(before) - 1, f"{where}: a neighbour is read otherwise"
    old = [one for one in before if one not in after]
    new = [one for one in after if one not in before]
    if len(old) == len(new) == 1:
        _is_honest(old[0], new[0], where, told=value is DROPPED or value is None)


def _is_honest(old: Read, new: Read, where: str, *, told: bool) -> None:
    assert new.piece.public <= old.piece.public or not isinstance(new.post, Post), f"{where}: made public"
    if isinstance(new.piece, RawItem) and isinstance(old.piece, RawItem) and told:
        assert new.piece.key in _names(old, new), f"{where}: another key instead of a quarantined item"
    if not isinstance(old.post, Post) or not isinstance(new.post, Post):
        return
    for one in fields(Counts):
        was, now = getattr(old.post.counts, one.name), getattr(new.post.counts, one.name)
        assert now != 0 or was == 0, f"{where}: {one.name} became 0, which is not unknown"
        assert not told or now in (was, None), f"{where}: {one.name} became {now}"
    if old.post.created_at and new.post.created_at:
        assert abs(new.post.created_at - old.post.created_at) <= A_MOMENT, f"{where}: another time of creation"
    if new.post.author and old.post.author and old.post.author.handle != old.post.author.account_id:
        assert new.post.author.account_id != old.post.author.handle, f"{where}: the handle stands for the account"


def _names(old: Read, new: Read) -> set[str]:
    """The item's key; where it begins with a site's name, that may also be told by the post's address."""
    assert isinstance(old.piece, RawItem)
    host = urlsplit((new.post.url if isinstance(new.post, Post) else None) or "").netloc
    return {old.piece.key, f"{host}/{old.piece.key.rpartition('/')[2]}"}


def check_unknown_fields_change_nothing(bench: Bench) -> None:
    """Platforms add fields every month."""
    for page in specimens(bench):
        document = json.loads(page.body)
        for _, value in list(places(document)):
            if isinstance(value, dict) and value and not all(isinstance(key, str) and key.isdigit() for key in value):
                value["a_new_field"] = {"id": "7", "text": "#something", "list": [1, None]}
        before, after = read(bench, page), read(bench, replace(page, body=json.dumps(document).encode()))
        assert [one.post for one in before] == [one.post for one in after], "a field that nobody knows changes posts"


def check_a_bad_neighbour_costs_itself(bench: Bench) -> None:
    """A record that is no object is put in quarantine; all others are read as before."""
    for page in specimens(bench):
        page = short(bench, page)
        document = json.loads(page.body)
        path = posts_at(bench, page)
        assert path is not None
        before = read(bench, page)
        for bad in (None, 7, "text", ["this", "is", "no", "post"], {}):
            records = list(at(document, path))
            records.insert(1, bad)
            body = json.dumps(put(copy.deepcopy(document), path, records)).encode()
            after = read(bench, replace(page, body=body))
            assert sum(isinstance(one.piece, Rejected) for one in after) == 1 + sum(
                isinstance(one.piece, Rejected) for one in before
            ), f"a record {bad!r} is not put in quarantine"
            assert [one for one in after if one in before] == before, f"a record {bad!r} costs its neighbours"


def check_times_are_utc_or_unknown(bench: Bench) -> None:
    """Aware and in UTC; else None, with a flag that says why."""
    for page in bench.clean_pages:
        for one in read(bench, page):
            if not isinstance(one.post, Post):
                continue
            for time in (one.post.created_at, one.post.edited_at):
                assert time is None or time.utcoffset() == timedelta(0), "a time is not in UTC"
            created = one.post.created_at
            assert created or one.post.flags, "a time is missing without a flag"
            assert created is None or created.year >= 2004, f"a post of the year {created.year}"
            assert created is None or created <= page.observed_at + timedelta(days=1), "a post of the future"


def check_strange_times_are_not_believed(bench: Bench) -> None:
    """A time that is absurd, unreadable, or (where the platform always gives a zone) without one is unknown."""
    for page in specimens(bench):
        page = short(bench, page)
        before = read(bench, page)
        for spot, written in _creation_times(bench, page, before):
            strange = [*STRANGE_TIMES]
            if re.search(r"(Z|[+-]\d\d:?\d\d)$", written):
                strange.append((datetime.fromisoformat(written) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S"))
            for value in strange:
                after = read(bench, changed(spot, value))
                old, new = before[spot.record or 0], after[spot.record or 0]
                if not isinstance(new.post, Post) or not isinstance(old.post, Post):
                    continue
                created = new.post.created_at
                near = created and old.post.created_at and abs(created - old.post.created_at) <= A_MOMENT
                assert created is None or near, f"the time {value!r} is taken as {created}"
                assert created or new.post.flags, f"the time {value!r} is dropped without a flag"


def _creation_times(bench: Bench, page: Page, before: list[Read]) -> Iterator[tuple[Spot, str]]:
    """Where the first record says when it was made."""
    times = {one.post.created_at for one in before if isinstance(one.post, Post) and one.post.created_at}
    document = json.loads(page.body)
    for spot in spots(bench, page):
        value = at(document, spot.path)
        if spot.record != 0 or not isinstance(value, str):
            continue
        try:
            written = datetime.fromisoformat(value)
        except ValueError:
            continue
        moment = written if written.tzinfo else written.replace(tzinfo=UTC)
        if moment in times:
            yield spot, value


def check_suppressed_people_are_recognised(bench: Bench) -> None:
    """Every item names its author's id and handle for the sieve, in the form in which the roster has them."""
    named = 0
    for page in bench.clean_pages:
        for one in read(bench, page):
            if isinstance(one.piece, RawItem) and isinstance(one.post, Post) and one.post.author:
                author, accounts = one.post.author, one.piece.accounts
                assert author.account_id in accounts, "the sieve is not told the author's id"
                assert author.handle is None or author.handle in accounts, "the sieve is not told the author's handle"
                named += 1
    assert named, "no post has an author"


def check_a_handle_is_not_an_account(bench: Bench) -> None:
    """Handles change hands; the permanent id does not. Where a platform tells no id, that is said in the id."""
    handles = {member.handle for member in bench.members}
    for post in bench.posts(bench.clean_pages):
        if post.author:
            assert post.author.account_id not in handles, "a handle is taken for an account's id"
            handle = post.author.handle or ""
            assert handle == handle.lower().lstrip("@"), "a handle is not in its usual form"


def check_keys_are_the_same_by_every_route(bench: Bench) -> None:
    """A post met twice is one: by another query, on another server, asked for again, by its address."""
    names: dict[int, set[str]] = {}
    for post in bench.posts(bench.clean_pages):
        if (clone := clone_of(post)) is not None:
            names.setdefault(clone, set()).add(post.post_id)
            told = permalink(post.url) if post.url else None
            if told and told.platform == post.platform and not told.key.startswith("@"):
                names[clone].add(told.key)
    several = [clone for clone, found in names.items() if len(found) > 1]
    assert not several, f"{len(several)} posts have more than one key, such as {sorted(names[several[0]])}"
    of_one = {name for found in names.values() for name in found}
    assert len(of_one) >= len(names), f"{len(names)} posts share {len(of_one)} keys"
    items = _some(bench)
    known = {item.key for item in items}
    bench.reset()
    again = [again.page for again in bench.again(items) if again.page]
    strangers = {
        post.post_id for post in bench.posts(again) if clone_of(post) in {_clone(item) for item in items}
    } - known
    assert not strangers, f"{len(strangers)} posts have another key when they are asked for again"


def check_what_is_not_public_is_marked(bench: Bench) -> None:
    """What a platform shows us and not everybody never passes as public."""
    for page in bench.clean_pages:
        for one in read(bench, page):
            if isinstance(one.post, Post) and HIDDEN in (one.post.text or ""):
                assert not one.piece.public, "a post that is not public passes as public"


def check_nobody_elses_words_are_kept(bench: Bench) -> None:
    """A post that quotes, answers or passes on another holds a reference, not the other's words."""
    posts = {post.plan_id: post for post in bench.sandbox.world.on(bench.platform)}
    for item in bench.items(bench.clean_pages):
        body = json.loads(item.body)
        said = " ".join(value for _, value in places(body) if isinstance(value, str))
        for post in posts.values():
            parent = posts.get(post.of or "")
            if parent is None or parent.author == post.author or "/" in post.plan_id:
                continue
            mine = any(len(one.text) > 12 and one.text[:12] in said for one in post.versions)
            theirs = any(len(one.text) > 12 and one.text in said for one in parent.versions)
            assert not (mine and theirs), f"the item of {post.plan_id} keeps the words of {parent.plan_id}"


def _some(bench: Bench) -> list[RawItem]:
    """The items of the longest query, each once."""
    return list({item.key: item for item in bench.items(bench.longest.pages)}.values())


def _clone(item: RawItem) -> int | None:
    found = re.search(rb"Isletcopy(\d{3})x", item.body)
    return int(found[1]) if found else None
