"""The world of the tests: one post for each reason, the worked examples of metrics.md b.11, and traps around them."""

from __future__ import annotations

from sqlalchemy import Connection

from tests.dbt.rows import LONG_AGO, Row, campaign, insert, item, put_items, put_person

NAME = "it's c1"  # a name that SQL must not read
MEDIA = {"media_types": ["image"]}
FELLOW = {"role": "fellow", "cohort_year": 2011}

COUNTRIES = {
    "EGY": "Northern Africa", "QAT": "Western Asia", "IND": "Southern Asia", "BRA": "Latin America and the Caribbean",
    "NZL": "Australia and New Zealand", "GBR": "Northern Europe",
}  # fmt: skip

LOCAL_DAYS = {
    # post: (zone, UTC, local date, campaign day or None where it is out), metrics.md b.11 example 4
    "auckland": ("Pacific/Auckland", "2026-01-31T11:30Z", "2026-02-01", 1),
    "kathmandu-out": ("Asia/Kathmandu", "2026-01-31T18:10Z", "2026-01-31", None),
    "kathmandu-in": ("Asia/Kathmandu", "2026-01-31T18:20Z", "2026-02-01", 1),
    "sao-paulo-out": ("America/Sao_Paulo", "2026-02-01T02:40Z", "2026-01-31", None),
    "sao-paulo-in": ("America/Sao_Paulo", "2026-02-01T03:10Z", "2026-02-01", 1),
    "yangon-in": ("Asia/Yangon", "2026-02-28T17:20Z", "2026-02-28", 28),
    "yangon-grace": ("Asia/Yangon", "2026-02-28T17:45Z", "2026-03-01", None),
    "tehran-in": ("Asia/Tehran", "2026-02-28T20:00Z", "2026-02-28", 28),
    "tehran-grace": ("Asia/Tehran", "2026-02-28T20:40Z", "2026-03-01", None),
    "easter-in": ("Pacific/Easter", "2026-03-01T04:30Z", "2026-02-28", 28),
    "easter-grace": ("Pacific/Easter", "2026-03-01T05:10Z", "2026-03-01", None),
    "casablanca-dst": ("Africa/Casablanca", "2026-02-14T23:30Z", "2026-02-15", 15),
    "casablanca": ("Africa/Casablanca", "2026-02-15T23:30Z", "2026-02-15", 15),
}

STREAK = {
    # post: (UTC, the day its text names), metrics.md b.11 example 2, a fellow in India
    "s1": ("2026-02-01T06:00Z", [1]), "s2": ("2026-02-02T19:10Z", [2]), "s3": ("2026-02-03T07:00Z", [3]),
    "s4": ("2026-02-04T08:00Z", []), "s5": ("2026-02-06T18:00Z", [5]), "s6": ("2026-02-06T18:31Z", [6]),
}  # fmt: skip

REASONS: dict[str, tuple[str | None, Row]] = {
    # post of the Egyptian fellow on X: why it does not count, what is special about it
    "plain": (None, {}),
    "gone": ("deleted", {"deleted_at": "2026-02-04T00:00Z", "kind": "repost", "tagged": False}),
    "taken-down": ("deleted", {"text": None}),
    "private-now": ("not_public", {"text": None, "kind": "repost"}),
    "repost": ("repost", {"kind": "repost", "repost_of_id": "m1", **MEDIA}),
    "answer": ("reply_or_comment", {"kind": "reply", "reply_to_account": "stranger"}),
    "answer-with-picture": (None, {"kind": "reply", "reply_to_account": "stranger", **MEDIA}),
    "thread": ("thread_continuation", {"kind": "reply", "reply_to_account": "amal"}),
    "thread-by-post": ("thread_continuation", {"kind": "reply", "reply_to_id": "plain"}),
    "quote": ("quote_commentary", {"kind": "quote", "quote_of_id": "m1"}),
    "quote-with-picture": (None, {"kind": "quote", "quote_of_id": "m1", **MEDIA}),
    "organiser": ("organiser_account", {"account_id": "museum", "tagged": False}),
    "for-amal": (None, {"account_id": "museum", "on_behalf_of": "egy-1"}),
    "for-alias": (None, {"account_id": "museum", "on_behalf_of": " AMAL  of Cairo "}),
    "for-one-who-refuses": ("author_not_member", {"account_id": "museum", "on_behalf_of": "REFUSES"}),
    "for-nobody-known": ("author_unresolved", {"account_id": "museum", "on_behalf_of": "Somebody"}),
    "for-one-of-two": ("author_unresolved", {"account_id": "museum", "on_behalf_of": "Sam Twin"}),
    "untagged": ("hashtag_missing_or_removed", {"tagged": False}),
    "stranger": ("author_not_member", {"account_id": "stranger"}),
    "institution": ("author_not_member", {"account_id": "institute"}),
    "former-staff": ("author_not_member", {"account_id": "former"}),
    "authorless": ("author_unresolved", {"account_id": None}),
    "shared": ("author_unresolved", {"account_id": "shared"}),
    "too-late": ("out_of_window", {"created_at": "2026-03-09T12:00Z"}),
    "no-time": ("out_of_window", {"created_at": None}),
    "grace-with-day": (None, {"created_at": "2026-03-07T12:00Z"}),
}

WORDS = "Here is my favourite room of the old museum"
COPIES: dict[str, tuple[str | None, Row]] = {
    # post: the post that it is a copy of, what is special about it; all of the Brazilian fellow in the order of time
    "a": (None, {"created_at": "2026-02-09T10:00Z", "text": f"#Day9: {WORDS}, #ITP28", "platform": "facebook"}),
    "b": ("a", {"created_at": "2026-02-09T10:03Z", "text": f"{WORDS.upper()}!! #one #two", "media_hashes": ["p"]}),
    "c": ("a", {"created_at": "2026-02-09T10:05Z", "text": "look https://x.test/1", "media_hashes": ["q", "p"]}),
    "d": ("a", {"created_at": "2026-02-09T11:00Z", "text": f"@friend {WORDS} \ufe0f",
                "platform": "facebook"}),
    "e": (None, {"created_at": "2026-02-12T11:00:01Z", "text": WORDS}),
    "short": (None, {"created_at": "2026-02-13T08:00Z", "text": "good morning all"}),
    "short-again": (None, {"created_at": "2026-02-13T08:01Z", "text": "good morning all"}),
    "greeting-14": (None, {"created_at": "2026-02-14T08:00Z", "text": "Good morning from Rio everyone #Day14"}),
    "greeting-15": (None, {"created_at": "2026-02-15T08:00Z", "text": "Good morning from Rio everyone #Day15"}),
    "greeting-copy": ("greeting-14", {"created_at": "2026-02-15T09:00Z",
                                      "text": "Good morning from Rio, everyone! #Day14"}),
    "other-member": (None, {"created_at": "2026-02-09T10:01Z", "text": WORDS, "account_id": "amal",
                            "media_hashes": ["p"]}),
    "deleted-first": (None, {"created_at": "2026-02-20T08:00Z", "text": "posted twice by mistake really",
                             "deleted_at": "2026-02-20T09:00Z"}),
    "posted-again": (None, {"created_at": "2026-02-20T08:30Z", "text": "posted twice by mistake really"}),
}  # fmt: skip

DAYS = {
    "grace-with-day": [28], "a": [9], "greeting-14": [14], "greeting-15": [15], "greeting-copy": [14],
    "multi": [3, 5, 7], "conflict": [11], **{post: days for post, (_, days) in STREAK.items()},
}  # fmt: skip
THEMES = {"theme": [16], "conflict": [12], "multi": [4]}


def put(connection: Connection) -> None:
    """Everything into the warehouse."""
    insert(connection, "people.country_ref", *(
        {"iso3": iso3, "name_en": f"Country {iso3}", "m49_subregion": region, "source_version": "test"}
        for iso3, region in COUNTRIES.items()
    ))  # fmt: skip
    insert(connection, "core.campaign",
           campaign(NAME, "2026-02-01", "2026-02-28", organisers={"x": ["museum"]}),
           campaign("other", "2026-02-01", "2026-02-28"))  # fmt: skip
    insert(connection, "core.prompt", {"campaign": NAME, "day": 3, "label": "ITP memory", "keywords": []})
    put_items(connection, *items(), days=DAYS, themes=THEMES)
    put_people(connection)
    put_around(connection)


def items() -> list[Row]:
    def special(post: str, account: str, at: str, more: Row) -> Row:
        row = {"platform": "x", "account_id": account, "created_at": at, **more}
        return item(NAME, row.pop("platform"), post, row.pop("account_id"), row.pop("created_at"), **row)

    return [
        *(special(post, "amal", "2026-02-02T12:00Z", more) for post, (_, more) in REASONS.items()),
        *(special(post, "bia", "", more) for post, (_, more) in COPIES.items()),
        *(special(post, "ravi", at, {}) for post, (at, _) in STREAK.items()),
        *(item(NAME, "mastodon", post, post.partition("-")[0], at)
          for post, (_, at, _, _) in LOCAL_DAYS.items()),
        special("edited", "kiri", "2026-02-05T00:00Z", {"version_id": "v3"}),
        special("edited-and-deleted", "kiri", "2026-02-06T00:00Z",
                {"version_id": "w2", "deleted_at": "2026-02-06T01:00Z"}),
        special("edited-and-private", "kiri", "2026-02-06T00:00Z", {"version_id": "z2"}),
        special("multi", "kiri", "2026-02-05T12:00Z", {}),
        special("conflict", "kiri", "2026-02-11T12:00Z", {}),
        special("theme", "kiri", "2026-02-17T00:00Z", {"audience": "closed"}),
        item("other", "x", "elsewhere", "amal", "2026-02-02T12:00Z"),
    ]  # fmt: skip


def put_people(connection: Connection) -> None:
    put_person(connection, "EGY-1", FELLOW, {"role": "bm_staff"}, name="Amal Test", aliases=["Amal of Cairo"],
               programme="EGY", residence="QAT", accounts=("x/amal",))  # fmt: skip
    put_person(
        connection,
        "BRA-1",
        {**FELLOW, "cohort_year": 2015},
        programme="BRA",
        residence="BRA",
        accounts=("x/bia", "facebook/bia"),
    )
    put_person(
        connection, "IND-1", {"role": "senior_fellow", "cohort_year": 2012}, programme="IND", accounts=("x/ravi",)
    )
    put_person(connection, "NZL-1", {"role": "bm_staff"}, programme="NZL", accounts=("x/kiri",),
               zones=[{"tz": "Pacific/Auckland", "valid_from": "2020-01-01"},
                      {"tz": "Europe/Madrid", "valid_to": "2020-01-01"}])  # fmt: skip
    put_person(connection, "INST", {"role": "institution"}, accounts=("x/institute",))
    put_person(
        connection, "FORMER", {"role": "itp_team", "valid_to": "2026-02-02"}, programme="GBR", accounts=("x/former",)
    )
    put_person(connection, "TWIN-1", FELLOW, name="Sam Twin", programme="EGY", programme_label="Upper Egypt",
               accounts=("x/shared",))  # fmt: skip
    put_person(connection, "TWIN-2", {**FELLOW, "cohort_year": 2010}, name="sam twin", accounts=("x/shared",))
    put_person(connection, "REFUSES", {**FELLOW, "cohort_year": 2010})
    insert(connection, "people.consent", *(
        {"person_id": "REFUSES", "purpose": "match", "state": state, "changed_at": at}
        for state, at in (("granted", LONG_AGO), ("withdrawn", "2026-02-10T00:00Z"))
    ))  # fmt: skip
    for place in sorted({post.partition("-")[0] for post in LOCAL_DAYS}):
        zone = next(zone for post, (zone, *_) in LOCAL_DAYS.items() if post.startswith(place))
        put_person(
            connection, f"TZ-{place}", {"role": "supporter"}, zones=[{"tz": zone}], accounts=(f"mastodon/{place}",)
        )


def put_around(connection: Connection) -> None:
    """Versions, what the sieve and the quarantine hold, and what was read when."""
    insert(connection, "core.item_version", *(
        {"campaign": NAME, "platform": "x", "post_id": post, "version_id": version, "content_hash": f"\\x{number:02x}",
         "version_at": LONG_AGO, "observed_at": LONG_AGO, "hashtags": []}
        for number, (post, version) in enumerate([
            ("edited", "v1"), ("edited", "v2"), ("edited", "v2"), ("edited", "v3"),
            ("edited-and-deleted", "w1"), ("edited-and-deleted", "w2"), ("plain", None),
            ("edited-and-private", "z1"), ("edited-and-private", "z2")])
    ))  # fmt: skip
    insert(connection, "core.item_earlier", *(
        {"campaign": NAME, "platform": "x", "post_id": "edited", "version_id": version} for version in ("v0", "v1")
    ))  # fmt: skip
    insert(connection, "core.interaction", *(
        {"campaign": NAME, "platform": "x", "interaction_id": f"{act}:{who}:{target}:{at}", "act": act, "source": "x",
         "actor_account": who, "target_post": target, "acted_at": at, "first_observed_at": LONG_AGO,
         "observed_at": LONG_AGO}
        for act, who, target, at in (
            ("repost", "fan", "plain", None), ("repost", "fan", "v0", "2026-02-05T12:00Z"),
            ("comment", "fan", "plain", "2026-02-03T12:00Z"), ("comment", "hand:sam", None, "2026-02-03T12:00Z"),
            ("comment", "hand:sam", None, "2026-01-03T12:00Z"), ("repost", "fan", "elsewhere", "2026-02-05T12:00Z"))
    ))  # fmt: skip
    insert(connection, "core.sieved", *(
        {"campaign": NAME, "platform": "x", "item_hash": f"\\x{n:02x}", "reason": reason, "first_seen_at": LONG_AGO}
        for n, reason in enumerate(["opted_out", "opted_out", "not_public"])
    ))  # fmt: skip
    run_id = "00000000-0000-0000-0000-000000000001"
    insert(connection, "core.item_gone", *(
        {"campaign": NAME, "platform": "x", "post_id": post, "loss": loss, "source_rank": 2, "run_id": run_id,
         "observed_at": "2026-02-05T00:00Z"}
        for post, loss in (
            ("taken-down", "deleted"), ("private-now", "not_public"), ("edited-and-private", "not_public"))
    ))  # fmt: skip
    hours = [("2026-02-02T00:00Z", "complete"), ("2026-02-02T01:00Z", "gap"), ("2026-02-02T02:00Z", "not_visible")]
    insert(connection, "core.coverage", *(
        {"campaign": NAME, "platform": "x", "query": "q", "hour": hour, "state": state, "run_id": run_id}
        for hour, state in hours
    ), {"campaign": NAME, "platform": "x", "query": "asked-no-more", "hour": hours[0][0], "state": "complete",
        "run_id": run_id}, *(
        {"campaign": NAME, "platform": "x", "query": "interactions/members", "hour": f"2026-02-{day:02}T00:00Z",
         "state": "complete", "run_id": run_id}
        for day in range(2, 16)  # half of the campaign
    ))  # fmt: skip
    insert(connection, "core.query", {"campaign": NAME, "platform": "mastodon", "query": "refused"},
           {"campaign": NAME, "platform": "x", "query": "q"},
           {"campaign": NAME, "platform": "x", "query": "interactions/members"},
           {"campaign": "other", "platform": "mastodon", "query": "of-another-campaign"})  # fmt: skip
    connection.exec_driver_sql(
        "insert into raw.quarantine"
        " (campaign, platform, source, query, reason, detail, sha256, body, observed_at, run_id)"
        " values (%s, 'x', 'x', 'q', 'no_id', 'no id', 's', 'b', now(), %s)", (NAME, run_id)
    )  # fmt: skip
