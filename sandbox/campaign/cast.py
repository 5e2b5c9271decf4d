"""Everybody in the campaign and all their accounts, by invented names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import cycle

from rapidfuzz.distance import JaroWinkler

from sandbox.campaign import outsiders
from sandbox.campaign.files import ROLES, BadWorld, Files
from sandbox.campaign.names import COUNTRIES, Country, pool
from sandbox.ids import number
from sandbox.world import Person, Rename

ALIKE = 0.92
BRIDGES = {"bluesky": "ap.brid.gy", "mastodon": "bsky.brid.gy"}
"""Where a bridge's copies are -> the domain of its accounts there."""
BRIDGED = {"bluesky": "mastodon", "mastodon": "bluesky"}
TELLS_SITES = ("mastodon", "x")
"""Where a profile's own site is told."""
BY_FILE = ("facebook", "instagram")
"""Where posts come by files that know no id that lasts: a rename is in the roster, from its day on."""
SHORT = {"x": 15}


@dataclass(kw_only=True)
class Cast:
    files: Files
    people: dict[str, Person]
    """All accounts' people by person_id: roster first, then further accounts of members (`same_as`), then strangers."""
    organiser: str
    """The institution; its account is on every platform."""
    opted_out: str
    """The fellow who refuses; has accounts on X and Instagram."""
    silent: tuple[str, ...] = ()
    """People of the roster who post nothing and have one account each, on every platform some."""
    outsiders: tuple[str, ...] = ()
    """Strangers who only react; accounts on all platforms."""
    public: tuple[str, ...] = ()
    """Strangers who post in earnest; accounts on all platforms."""
    spammers: tuple[str, ...] = ()
    """Strangers who advertise or mean another thing by the tag; accounts on all platforms."""
    recycled: str = ""
    """The one of the spammers who takes the X handle that a member gave up, a day after the rename (`renames["x"]`)."""
    bridges: dict[tuple[str, str], str] = field(default_factory=dict)
    """Member's person_id and the platform of the copies -> person_id of the bridge's account there."""
    personal: tuple[str, ...] = ()
    """Whose Instagram account is not professional, so that business discovery does not show it."""
    moves: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    """Member and platform -> the account to which they moved, and when."""
    unknown: dict[tuple[str, str], str] = field(default_factory=dict)
    """Member and platform -> an account of theirs that the roster does not give."""
    sites: set[str] = field(default_factory=set)
    """Members' own sites, by which such an account is known."""

    def account(self, person_id: str, platform: str, at: datetime, *, known: bool = True) -> str:
        """The person_id under which a person posts on a platform at a moment (another one after a move, or
        with an account that the roster does not give: `known=False`)."""
        if not known:
            return self.unknown[person_id, platform]
        moved_to, since = self.moves.get((person_id, platform), (person_id, at))
        return moved_to if since <= at else person_id

    def give_account(self, person_id: str, platform: str) -> None:
        """An account there, in the roster too, for somebody who has none yet; else nothing."""
        person = self.people[person_id]
        if platform in person.handles:
            return
        handle = free_handle(self, str(person.row["name"]), platform)
        cell = {f"handle_{platform}": handle}
        self.people[person_id] = replace(
            person,
            handles={**person.handles, platform: handle},
            row={**person.row, **(cell if person.on_roster else {})},
            also_on_roster=tuple({**line, **cell} for line in person.also_on_roster),
        )

    def bridge(self, person_id: str, platform: str) -> str:
        """The bridge's account that repeats on a platform what this person posts on the other network."""
        if (person_id, platform) not in self.bridges:
            handle = self.people[person_id].handles[BRIDGED[platform]]
            ours = (
                f"{handle.replace('@', '.')}.{BRIDGES['bluesky']}"
                if platform == "bluesky"
                else f"{handle}@{BRIDGES['mastodon']}"
            )
            own = another(self.people[person_id], f"{person_id}-bridge", {platform: ours})
            self.people[own.person_id] = own
            self.bridges[person_id, platform] = own.person_id
        return self.bridges[person_id, platform]


def cast(files: Files) -> Cast:
    """Raises BadWorld if there are not enough names, or a rename has no midnight to happen at."""
    organiser = files.settings["organisers"][0]
    everybody = Cast(files=files, people={}, organiser=organiser, opted_out="")
    _roster(everybody)
    _organiser(everybody)
    for (member, platform), at in _posted_on(files).items():
        everybody.give_account(member, platform)
        if at is not None:
            _rename(everybody, member, platform, at)
    for member, platform in _unknown_on(files):
        _unknown(everybody, member, platform)
    _silent(everybody)
    strangers = ((name, _folded(name)) for name, _ in _shuffled(everybody.files, "stranger"))
    outsiders.cast(everybody, strangers, _folded)
    authorless = {post.member_id for post in files.posts.values() if post.auto_match == "ig_authorless"}
    renamed = {post.member_id for post in files.posts.values() if post.after_rename and post.platform == "instagram"}
    everybody.personal = (*sorted(authorless | renamed), everybody.opted_out)
    return everybody


# the roster


def _roster(everybody: Cast) -> None:
    files, roster = everybody.files, everybody.files.settings["roster"]
    countries = _countries(files)
    names = {culture: _shuffled(files, culture) for culture in {country.culture for country in COUNTRIES.values()}}
    for member in files.members.values():
        name, native = next(names[_country(member.iso3).culture])
        _add(everybody, member.member_id, name, native, member.role, member.cohort, member.iso3, member.timezone,
             member.residence, member.region)  # fmt: skip
    years = list(files.settings["programme_years"])
    for role, wanted in ((role, roster.get(role, 0)) for role in ROLES):
        there = [one for one in files.members.values() if one.role == role]
        if len(there) > wanted:
            raise BadWorld(f"world.toml: [roster] {role} = {wanted}, but members.csv has {len(there)}.")
        for n in range(len(there) + 1, wanted + 1):
            iso3 = countries[n % len(countries)] if role == "fellow" else "GBR"
            name, native = next(names[COUNTRIES[iso3].culture])
            cohort = years[n * 5 % len(years)] if role == "fellow" else None
            _add(everybody, f"{role[0].upper()}{n:02}", name, native, role, cohort, iso3, COUNTRIES[iso3].timezone,
                 iso3, COUNTRIES[iso3].region)  # fmt: skip
    everybody.opted_out = _refusing(everybody)


def _countries(files: Files) -> list[str]:
    """The programme's countries: those of the fellows who post, and others up to the number that is asked."""
    own = dict.fromkeys(one.iso3 for one in files.members.values() if one.role == "fellow")
    others = [iso3 for iso3 in COUNTRIES if iso3 not in own and iso3 != "GBR"]
    wanted = files.settings["roster"].get("countries", len(own))
    if not len(own) <= wanted <= len(own) + len(others):
        raise BadWorld(
            f"world.toml: [roster] countries = {wanted} is not between {len(own)} and {len(own) + len(others)}."
        )
    return [*own, *others[: wanted - len(own)]]


def _country(iso3: str) -> Country:
    if iso3 not in COUNTRIES:
        raise BadWorld(f"members.csv: sandbox/campaign/names.py does not know the country '{iso3}' yet.")
    return COUNTRIES[iso3]


def _shuffled(files: Files, culture: str) -> Iterator[tuple[str, str]]:
    names = sorted(pool(culture), key=lambda name: number(files.seed, "name", *name, below=1 << 40))
    yield from names
    raise BadWorld(f"world.toml: [roster] asks for more people than there are {culture} names.")


def _add(
    everybody: Cast, person_id: str, name: str, native: str, role: str, cohort: int | None, iso3: str, zone: str,
    residence: str, region: str,
) -> None:  # fmt: skip
    row = {
        "person_id": person_id,
        "name": name,
        "aliases": "",
        "name_native": native,
        "role": ROLES[role],
        "cohort_year": str(cohort or ""),
        "institution": "",
        "programme_country": _country(iso3).label,
        "iso3": iso3,
        "residence_iso3": residence,
        "timezone": zone,
        "match_basis": ("opt_in", "given_directly")[number(everybody.files.seed, person_id, "basis", below=2)],
        "consent_collect": "granted",
        **{f"handle_{platform}": "" for platform in everybody.files.platforms},
        "valid_from": "",
        "region": region,
    }
    shows_native = native and number(everybody.files.seed, person_id, "script", below=2)
    everybody.people[person_id] = Person(
        person_id=person_id,
        name=native if shows_native else name,
        role=ROLES[role],
        cohort_year=cohort,
        iso3=iso3,
        timezone=zone,
        on_roster=True,
        refuses=False,
        handles={},
        row=row,
    )


def _refusing(everybody: Cast) -> str:
    """A fellow who posts nothing that may be kept."""
    cohort = everybody.files.settings["accounts"].get("refuses", "")
    fellows = [
        person
        for person in everybody.people.values()
        if person.role == "fellow" and person.person_id not in everybody.files.members
    ]
    if not fellows:
        raise BadWorld("world.toml: [roster] fellow leaves nobody beside the members who could refuse.")
    chosen = next((one for one in fellows if str(one.cohort_year) == str(cohort)), fellows[-1])
    row = {**chosen.row, "consent_collect": "refused"}
    everybody.people[chosen.person_id] = replace(chosen, refuses=True, row=row)
    for platform in everybody.files.settings["quotas"].get("opted_out", {}):
        everybody.give_account(chosen.person_id, platform)
    return chosen.person_id


def _organiser(everybody: Cast) -> None:
    files, accounts = everybody.files, everybody.files.settings["accounts"]
    name, handle = accounts["organiser"], accounts["organiser_handle"]
    handles = {platform: handle for platform in files.platforms}
    if "mastodon" in handles:
        handles["mastodon"] = f"{handle}@{files.settings['mastodon'][0]['domain']}"
    if "bluesky" in handles:
        handles["bluesky"] = files.settings["bluesky"][0]["handle"]
    everybody.people[everybody.organiser] = Person(
        person_id=everybody.organiser,
        name=name,
        role="institution",
        cohort_year=None,
        iso3="GBR",
        timezone=files.settings["zone"],
        on_roster=False,
        refuses=False,
        handles=handles,
        row={"name": name},
    )


def _silent(everybody: Cast) -> None:
    """One account each; the platforms in turn."""
    quiet = [
        person_id
        for person_id, person in everybody.people.items()
        if person.on_roster and person_id not in everybody.files.members and not person.refuses
    ]
    wanted = everybody.files.settings["roster"].get("with_accounts", 0)
    chosen = quiet[:: max(1, len(quiet) // max(1, wanted))][:wanted]
    for person_id, platform in zip(chosen, cycle(everybody.files.platforms), strict=False):
        everybody.give_account(person_id, platform)
    everybody.silent = tuple(chosen)


# accounts


def _posted_on(files: Files) -> dict[tuple[str, str], datetime | None]:
    """Member and platform of every account that the roster gives -> when it was renamed."""
    posts = [post for post in files.posts.values() if post.form != "on_behalf" and post.auto_match != "unknown_handle"]
    found: dict[tuple[str, str], datetime | None] = {(post.member_id, post.platform): None for post in posts}
    found |= {(files.posts[copy.of].member_id, copy.platform): None for copy in files.copies}
    begin = datetime.combine(files.settings["starts_on"], time(), UTC)
    for member, platform in {(post.member_id, post.platform) for post in posts if post.after_rename}:
        own = [post for post in posts if (post.member_id, post.platform) == (member, platform)]
        first = min(post.published_at for post in own if post.after_rename)
        before = [post.published_at for post in own if not post.after_rename and post.auto_match == "matched"]
        last = max([begin, *(at for at in before if at < first)])
        found[member, platform] = _midnight(last, first, f"{member} on {platform}")
    return found


def _midnight(last: datetime, first: datetime, who: str) -> datetime:
    """The middle one of the midnights between a person's last post under the old name and the first under the new."""
    days = range(1, (first.date() - last.date()).days + 1)
    if not days:
        raise BadWorld(f"canonical_posts.csv: {who} has no midnight in UTC between the last post and after_rename.")
    day = last.date() + timedelta(days=days[len(days) // 2])
    return datetime.combine(day, time(), UTC)


def _rename(everybody: Cast, member: str, platform: str, at: datetime) -> None:
    person = everybody.people[member]
    name = str(person.row["name"])
    if platform == "mastodon":
        handle = free_handle(everybody, name, platform, "2", server=1)
        moved = another(person, f"{member}-moved", {platform: handle})
        everybody.people[moved.person_id] = moved
        everybody.people[member] = replace(person, moved_to={platform: moved.person_id})
        everybody.moves[member, platform] = (moved.person_id, at)
        return
    handle = free_handle(everybody, name, platform, "writes" if platform == "x" else "official")
    renames = {**person.renames, platform: (Rename(handle=handle, at=at),)}
    line = {**person.row, f"handle_{platform}": handle, "valid_from": at.date().isoformat()}
    also = (*person.also_on_roster, line) if platform in BY_FILE else person.also_on_roster
    everybody.people[member] = replace(person, renames=renames, also_on_roster=also)


def _unknown_on(files: Files) -> list[tuple[str, str]]:
    posts = files.posts.values()
    return sorted({(post.member_id, post.platform) for post in posts if post.auto_match == "unknown_handle"})


def _unknown(everybody: Cast, member: str, platform: str) -> None:
    """An account that the roster does not give: known by a name that is nearly theirs, or by their own site.

    Clerks see no profile, only the name that a group shows.
    """
    person = everybody.people[member]
    name = str(person.row["name"])
    has_site = platform in TELLS_SITES and "wordpress" not in person.handles and len(everybody.sites) < 2
    if has_site:
        slug = _plain(name, "")
        site, shown = f"{slug}.example", f"{_plain(name, ' ').split()[0]} at work"
        everybody.sites.add(site)
        cell = {"handle_wordpress": f"{slug}@{site}"}
        everybody.people[member] = replace(
            person,
            row={**person.row, **cell},
            also_on_roster=tuple({**line, **cell} for line in person.also_on_roster),
        )
        links: tuple[str, ...] = (f"https://{site}/",)
    else:
        shown, links = nearly(name), ()
    handle = shown.lower() if platform == "facebook" else free_handle(everybody, name, platform, "home")
    own = replace(another(person, f"{member}-{platform}", {platform: handle}), name=shown, links=links)
    everybody.people[own.person_id] = own
    everybody.unknown[member, platform] = own.person_id


def nearly(name: str) -> str:
    """A name as its owner may write it elsewhere: plainly, and with an initial or a doubled letter."""
    plain = _plain(name, " ").title()
    for other in (f"{plain} {plain[0]}", f"{plain}{plain[-1]}", plain[:-1]):
        if JaroWinkler.similarity(_folded(other), _folded(name)) >= ALIKE and other.lower() != name.lower():
            return other
    return f"{plain}{plain[-1]}"


def another(person: Person, person_id: str, handles: Mapping[str, str]) -> Person:
    """A further account of the same person, which the roster does not give."""
    return replace(
        person,
        person_id=person_id,
        same_as=person.person_id,
        on_roster=False,
        handles=dict(handles),
        row={"name": person.row["name"]},
        renames={},
        moved_to={},
        links=(),
        also_on_roster=(),
    )


def free_handle(everybody: Cast, name: str, platform: str, more: str = "", *, server: int | None = None) -> str:
    """A handle after a name that nobody has on the platform yet."""
    taken = {person.handles.get(platform) for person in everybody.people.values()}
    taken |= {one.handle for person in everybody.people.values() for one in person.renames.get(platform, ())}
    for n in range(1, 100):
        handle = _handle(everybody.files, name, platform, more + (str(n) if n > 1 else ""), server)
        if handle not in taken:
            return handle
    raise BadWorld(f"world.toml: too many people of one name on {platform}.")


def _handle(files: Files, name: str, platform: str, more: str, server: int | None) -> str:
    settings = files.settings
    match platform:
        case "mastodon":
            servers = [place["domain"] for place in settings["mastodon"]]
            turn = number(files.seed, name, "server", below=len(servers)) + (server or 0)
            return f"{_plain(name, '')}{more}@{servers[turn % len(servers)]}"
        case "bluesky":
            return f"{_plain(name, '-')}{'-' if more else ''}{more}.{settings['accounts']['bluesky']}"
        case "x":
            room = SHORT["x"] - len(more) - bool(more)
            return f"{_plain(name, '_')[:room].rstrip('_')}{'_' if more else ''}{more}"
        case "wordpress":
            return f"{_plain(name, '-')}{more}"
        case _:
            return f"{_plain(name, '.')}{'.' if more else ''}{more}"


def _plain(name: str, joint: str) -> str:
    """Latin letters only, lower case."""
    letters = unicodedata.normalize("NFKD", name.translate(str.maketrans("ıİðøłŁ", "iIdolL"))).lower()
    return joint.join(re.findall(r"[a-z]+", "".join(one for one in letters if not unicodedata.combining(one))))


def _folded(name: str) -> str:
    return " ".join(sorted(_plain(name, " ").split()))
