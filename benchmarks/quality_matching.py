"""How often an account is given to the right person (`python -m benchmarks.quality_matching`).

Cases are made by what happens to people and accounts, not by what the rules look at: members who write their address in
any way, rename, move, are bridged, are named by a clerk; and, as many, strangers whom a hasty rule takes for members:
the same name, nearly the same handle, the same handle on another platform or site, a handle that was a member's before.
The roster is read from a file as people write it. A case is an account and the member whose it is, or nobody.
"""

from __future__ import annotations

import csv
import json
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from warehouse import embedded
from warehouse.engine import connect, create_database, drop_database
from warehouse.migrate import migrate
from warehouse.people import matching, roster, roster_file

CAMPAIGN, SEED, MEMBERS = "quality", 28, 2_200
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 3, 15, tzinfo=UTC)
COLUMNS = (
    *("person_id", "name", "aliases", "name_native", "role", "match_basis", "handle_x", "id_x", "handle_mastodon"),
    *("handle_bluesky", "handle_wordpress", "valid_from", "valid_to"),
)
SYLLABLES = {
    "latin": ("ana", "ro", "mi", "ben", "ka", "lu", "té", "ño", "sø", "gün", "đa", "wa", "ri", "hé", "łu", "zi"),
    "arabic": ("حسن", "أم", "ينة", "كر", "يم", "سل", "مى", "نو", "ر", "دا", "ود", "لي", "لى"),
    "han": ("陳", "偉", "林", "美", "王", "小", "李", "明", "張", "芳", "黃", "志"),
    "cyrillic": ("ан", "на", "ми", "ро", "ска", "вич", "оле", "га", "ди", "ма", "ев", "ко"),
    "devanagari": ("अ", "नि", "ता", "रा", "म", "सु", "नी", "ल", "की", "र्ति"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    kind: str
    platform: str
    account_id: str
    person_id: str | None
    """Whose it is in truth; None is nobody on the roster."""
    seen: tuple[tuple[str, int], ...]
    """Handles and the days of February since which the account has borne them."""
    display_name: str | None = None
    moved_to: str | None = None


@dataclass(slots=True, kw_only=True)
class Network:
    """A roster's rows and the accounts around it."""

    rows: list[dict[str, str]] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    strangers: int = 0

    def stranger(self) -> str:
        self.strangers += 1
        return f"9{self.strangers:07}"


def network(seed: int = SEED, members: int = MEMBERS) -> Network:
    dice, made = Random(seed), Network()
    for number in range(members):
        script = dice.choice(list(SYLLABLES))
        native = " ".join("".join(dice.choices(SYLLABLES[script], k=dice.randint(2, 4))) for _ in range(2))
        latin = " ".join("".join(dice.choices(SYLLABLES["latin"], k=dice.randint(2, 4))).title() for _ in range(2))
        person = {"person_id": f"M{number}", "name": f"{latin} {_letters(number)}", "role": "supporter"}
        person |= {"name_native": f"{native} {number}" if script != "latin" else "", "match_basis": "opt_in"}
        LIVES[number % len(LIVES)](made, person, _letters(number), number, dice)
    return made


def _letters(number: int) -> str:
    """A number as a word, so that handles and names do not differ in digits only."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


# ---------------------------------------------------------------- what happens to members, and strangers beside each


def _plain(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Gives an address in some spelling. Beside: one letter more, a digit, the same name on another platform."""
    spelt = dice.choice(("{}", "@{}", "https://x.com/{}", "https://twitter.com/{}/", " @{} "))
    made.rows.append(person | {"handle_x": spelt.format(f"{name.upper()}_x")})
    made.cases.append(_case("handle", "x", f"1{number:05}", person, f"{name}_x"))
    made.cases.append(_stranger("look-alike handle", made, "x", f"{name}_x{dice.choice('1_o')}", person["name"]))
    made.cases.append(_stranger("handle on another platform", made, "instagram", f"{name}_x", person["name"]))


def _with_id(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """The roster has the permanent id; somebody else bears the handle of the same row now."""
    made.rows.append(person | {"handle_x": name, "id_x": f"1{number:05}"})
    made.cases.append(_case("id", "x", f"1{number:05}", person, f"{name}_new"))
    made.cases.append(_stranger("handle of an id", made, "x", name, person["name"]))


def _renamed(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Renames during the campaign, and a stranger takes the free handle."""
    made.rows.append(person | {"handle_x": name})
    made.cases.append(_case("renamed", "x", f"1{number:05}", person, name, 2, (f"{name}_two", 10)))
    made.cases.append(_stranger("recycled handle", made, "x", name, person["name"], dice.randint(11, 20)))


def _renamed_before(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Seen only after the rename; the roster tells both names, and a stranger bears the first one later."""
    made.rows.append(person | {"handle_x": name, "valid_to": "2026-02-05"})
    made.rows.append(person | {"handle_x": f"{name}_two", "valid_from": "2026-02-05"})
    made.cases.append(_case("renamed before", "x", f"1{number:05}", person, f"{name}_two", 8))
    made.cases.append(_stranger("handle given up", made, "x", name, person["name"], dice.randint(9, 20)))


def _moved(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """From server to server; a stranger of that name elsewhere says to have moved to the member's account."""
    made.rows.append(person | {"handle_mastodon": f"@{name}@old.example"})
    old, new = f"https://old.example/users/{name}", f"https://new.example/users/{name}"
    made.cases.append(_case("handle", "mastodon", old, person, f"{name}@old.example", moved_to=new))
    made.cases.append(_case("moved", "mastodon", new, person, f"{name}@new.example", 9))
    false = _stranger("points at a member", made, "mastodon", f"{name}@third.example", person["name"], moved_to=old)
    made.cases.append(false)


def _bridged(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Copied by the bridge, whichever side is home; so is a stranger of the same name on another server."""
    if number % 2:
        made.rows.append(person | {"handle_mastodon": f"https://social.example/@{name}"})
        made.cases.append(_case("bridge", "bluesky", f"did:plc:{name}", person, f"{name}.social.example.ap.brid.gy"))
        other = f"{name}.other.example.ap.brid.gy"
        made.cases.append(_stranger("bridged stranger", made, "bluesky", other, person["name"]))
    else:
        made.rows.append(person | {"handle_bluesky": f"{name}.bsky.social"})
        made.cases.append(_case("handle", "bluesky", f"did:plc:{name}", person, f"{name}.bsky.social"))
        account, copy = f"https://bsky.brid.gy/ap/did:plc:{name}", f"{name}.bsky.social@bsky.brid.gy"
        made.cases.append(_case("bridge", "mastodon", account, person, copy))
        other = f"{name}.example@bsky.brid.gy"
        made.cases.append(_stranger("bridged stranger", made, "mastodon", other, person["name"]))


def _by_a_clerk(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """A clerk writes name, alias or native name; and that of a stranger whose name differs by an accent or a word."""
    alias = f"{name.title()} of the museum"
    made.rows.append(person | {"aliases": alias})
    written = dice.choice([person["name"].upper(), alias, person["name_native"] or alias, person["person_id"].lower()])
    made.cases.append(_by_hand("clerk's name", written, person))
    accented = unicodedata.normalize("NFC", person["name"].replace(name, f"{name}\u0301"))
    made.cases.append(_by_hand("clerk's other accent", accented, None))
    made.cases.append(_by_hand("clerk's longer name", f"{person['name']} Junior", None))
    person_id = person["person_id"].lower()  # as a handle on a platform that tells no ids
    stranger = Case(kind="handle like an id", platform="instagram", account_id=f"hand:{person_id}", person_id=None,
                    seen=((person_id, 2),), display_name=person["name"])  # fmt: skip
    made.cases.append(stranger)


def _twins(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Two members have one name: an account of one of them matches by its handle, a clerk's name matches nobody."""
    twin = person | {"person_id": f"{person['person_id']}T"}
    made.rows += [person | {"handle_x": f"{name}.one"}, twin | {"handle_x": f"{name}.two"}]
    made.cases.append(_case("name twin by handle", "x", f"1{number:05}", person, f"{name}.one"))
    made.cases.append(_case("name twin by handle", "x", f"2{number:05}", twin, f"{name}.two"))
    made.cases.append(_by_hand("clerk's name of two", person["name"], None))
    made.cases.append(_stranger("name of two", made, "x", f"{name}.three", person["name"]))


def _blogger(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Author on a blog; another blog has an author of the same slug."""
    made.rows.append(person | {"handle_wordpress": f"https://blog.example/author/{name}/"})
    made.cases.append(_case("blog author", "wordpress", f"blog.example/users/{number}", person, f"{name}@blog.example"))
    made.cases.append(_stranger("slug on another blog", made, "wordpress", f"{name}@other.example", person["name"]))


def _two_accounts(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """Two accounts on one platform; a stranger bears a third that looks like them."""
    made.rows.append(person | {"handle_x": f"{name} | {name}_work"})
    made.cases.append(_case("two accounts", "x", f"1{number:05}", person, name))
    made.cases.append(_case("two accounts", "x", f"3{number:05}", person, f"{name}_work"))
    made.cases.append(_stranger("look-alike handle", made, "x", f"{name}_works", person["name"]))
    made.cases.append(_stranger("handle on another platform", made, "threads", name, person["name"]))


def _seldom_seen(made: Network, person: dict[str, str], name: str, number: int, dice: Random) -> None:
    """A handle found on a public profile only is asked about, never matched: theirs, or somebody else's."""
    made.rows.append(person | {"handle_x": name, "match_basis": "public_profile"})
    if number % 2:
        made.cases.append(_case("only found, rightly", "x", f"1{number:05}", person, name))
    else:
        made.cases.append(_stranger("only found, wrongly", made, "x", name, person["name"]))


LIVES = (
    *(_plain, _with_id, _renamed, _renamed_before, _moved, _bridged, _by_a_clerk, _twins, _blogger, _two_accounts),
    _seldom_seen,
)


def _case(
    kind: str, platform: str, account: str, person: dict[str, str], handle: str, day: int = 2,
    *later: tuple[str, int], **more: Any,
) -> Case:  # fmt: skip
    return Case(
        kind=kind, platform=platform, account_id=account, person_id=person["person_id"],
        seen=((handle, day), *later), display_name=person["name"], **more,
    )  # fmt: skip


def _stranger(
    kind: str, made: Network, platform: str, handle: str, name: str, day: int = 2, moved_to: str | None = None
) -> Case:
    return Case(
        kind=kind, platform=platform, account_id=made.stranger(), person_id=None, seen=((handle, day),),
        display_name=name, moved_to=moved_to,
    )  # fmt: skip


def _by_hand(kind: str, written: str, person: dict[str, str] | None) -> Case:
    name = " ".join(unicodedata.normalize("NFKC", written).casefold().split())
    owner = person["person_id"] if person else None
    return Case(kind=kind, platform="facebook", account_id=f"hand:{name}", person_id=owner, seen=((name, 2),))


# ---------------------------------------------------------------- matching, and what came of it

ACCOUNTS = """
insert into core.account (platform, account_id, handle, display_name, moved_to, observed_at)
select platform, account_id, handle, display_name, moved_to, '2026-02-20'
from jsonb_to_recordset(cast(:cases as jsonb))
  as told (platform text, account_id text, handle text, display_name text, moved_to text);
insert into core.account_handle (platform, account_id, handle, seen_from)
select platform, account_id, handle, date '2026-02-01' + day - 1
from jsonb_to_recordset(cast(:handles as jsonb)) as told (platform text, account_id text, handle text, day int);
insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
select 'quality', platform, account_id, case platform when 'facebook' then 'hand' else 's' end,
  1, account_id, 'original', observed_at, '{}', true, '{}', '{}', '{}', '{}',
  'public', '{}', '', observed_at, observed_at
from core.account;
analyze
"""
OWNERS = "select distinct platform, account_id, person_id from people.account_owner where known_to = 'infinity'"
SUGGESTED = "select distinct platform, account_id, person_id from people.account_candidate"


def judged(server_url: str) -> list[tuple[Case, str | None, bool]]:
    """Each case with the person to whom it was given, and whether it was left to a person with a suggestion."""
    made = network()
    engine = connect(create_database(server_url, name := "quality_matching"))
    migrate(engine)
    with tempfile.TemporaryDirectory() as folder:
        _load_roster(engine, made, Path(folder) / "roster.csv")
    with engine.begin() as connection:
        connection.execute(text(ACCOUNTS), {"cases": _json(_accounts(made)), "handles": _json(_handles(made))})
        matching.learn_owners(connection, CAMPAIGN, AS_OF)
        given = {(platform, account): person for platform, account, person in connection.execute(text(OWNERS))}
        asked = {(platform, account) for platform, account, _ in connection.execute(text(SUGGESTED))}
    engine.dispose()
    drop_database(server_url, name)
    keys = [(case.platform, case.account_id) for case in made.cases]
    return [(case, given.get(key), key in asked) for case, key in zip(made.cases, keys, strict=True)]


def _load_roster(engine: Engine, made: Network, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, COLUMNS, restval="")
        sheet.writeheader()
        sheet.writerows(made.rows)
    roster.load(engine, roster_file.read(path), KNOWN, b"a key for the benchmark")


def _accounts(made: Network) -> Iterator[dict[str, Any]]:
    for case in made.cases:
        told = {"platform": case.platform, "account_id": case.account_id, "handle": case.seen[-1][0]}
        yield told | {"display_name": case.display_name, "moved_to": case.moved_to}


def _handles(made: Network) -> Iterator[dict[str, Any]]:
    for case in made.cases:
        for handle, day in case.seen:
            yield {"platform": case.platform, "account_id": case.account_id, "handle": handle, "day": day}


def _json(rows: Iterator[dict[str, Any]]) -> str:
    return json.dumps(list(rows))


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959964, part / whole
    middle, half = share + z * z / 2 / whole, z * sqrt(share * (1 - share) / whole + z * z / 4 / whole / whole)
    return (middle - half) / (1 + z * z / whole), (middle + half) / (1 + z * z / whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    decided: int
    right: int
    positives: int
    negatives: int

    @property
    def passes(self) -> bool:
        """Wrong owners are nearly excluded, and few members are missed."""
        return wilson(self.right, self.decided)[0] >= 0.995 and self.right / self.positives >= 0.95


def measure(server_url: str, console: Console | None = None) -> Quality:
    """Precision of what is decided automatically, and recall of members' accounts; printed by kind."""
    told = judged(server_url)
    quality = Quality(
        decided=sum(given is not None for _, given, _ in told),
        right=sum(given is not None and given == case.person_id for case, given, _ in told),
        positives=sum(case.person_id is not None for case, _, _ in told),
        negatives=sum(case.person_id is None for case, _, _ in told),
    )
    _show(told, quality, console or Console())
    return quality


def _show(told: list[tuple[Case, str | None, bool]], quality: Quality, console: Console) -> None:
    shown = Table("kind", "accounts", "given to the right person", "to a wrong one", "asked", title="whose accounts")
    for kind in dict.fromkeys(case.kind for case, _, _ in told):
        cases = [(case, given, asked) for case, given, asked in told if case.kind == kind]
        right = sum(given is not None and given == case.person_id for case, given, _ in cases)
        wrong = sum(given is not None and given != case.person_id for case, given, _ in cases)
        shown.add_row(kind, str(len(cases)), str(right), str(wrong), str(sum(asked for *_, asked in cases)))
    console.print(shown)
    for name, part, whole in (
        ("precision", quality.right, quality.decided),
        ("recall", quality.right, quality.positives),
    ):
        low, high = wilson(part, whole)
        console.print(f"{name} {part / whole:.4f} ({low:.4f} to {high:.4f}, {part} of {whole})")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as home:
        url = embedded.start(Path(home), durable=False)
        try:
            quality = measure(url)
        finally:
            embedded.stop(Path(home))
    raise SystemExit(0 if quality.passes else 1)


if __name__ == "__main__":
    main()
