"""A person who is everywhere in a warehouse, and looks at what an erasure leaves."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from tests.dbt.rows import LONG_AGO, campaign, insert, item, put_person
from warehouse import forget, traces

SECRET = b"a key for tests"
NOW = datetime(2026, 3, 20, tzinfo=UTC)
NAME, RUN = "itp28", "00000000-0000-0000-0000-000000000001"
ID, OTHER_ID = "770012345678", "770099999999"
BLOGGER = "blog:users:amina1"
POST, ON_BEHALF, OTHERS = "1890000000000000001", "1890000000000000002", "1890000000000000003"
WORDS = "My favourite vase stands in room nine of the old museum"


def plant(connection: Connection) -> None:
    """Amina Sample (F1) everywhere, and Ben Other (F2) beside her."""
    _campaign_and_people(connection)
    _posts(connection)
    _around(connection)
    _published(connection)


def _campaign_and_people(connection: Connection) -> None:
    insert(connection, "people.country_ref", {"iso3": "EGY", "name_en": "Egypt", "source_version": "test"})
    insert(connection, "core.campaign", campaign(NAME, "2026-02-01", "2026-02-28", organisers={"x": ["museum"]}))
    seen = [(ID, "amina_k", "Amina Sample"), (OTHER_ID, "ben", "Ben Other"), ("museum1234", "museum", "Museum")]
    insert(connection, "core.account", *(
        {"platform": "x", "account_id": a, "handle": h, "display_name": n, "observed_at": LONG_AGO}
        for a, h, n in seen
    ))  # fmt: skip
    insert(connection, "core.account", {"platform": "facebook", "account_id": "hand:amina sample",
                                        "handle": "amina sample", "observed_at": LONG_AGO})  # fmt: skip
    insert(connection, "core.account_handle", *(
        {"platform": "x", "account_id": a, "handle": h, "seen_from": LONG_AGO} for a, h, _ in seen
    ), {"platform": "x", "account_id": ID, "handle": "amina_old", "seen_from": "2009-01-01"})  # fmt: skip
    known = {"zones": [{"tz": "Africa/Cairo"}], "programme": "EGY"}
    fellow = {"role": "fellow", "cohort_year": 2014}
    accounts = (f"x/{ID}", f"wordpress/{BLOGGER}")
    put_person(connection, "F1", fellow, name="Amina Sample", aliases=["Mina"], accounts=accounts, **known)
    put_person(connection, "F2", fellow, name="Ben Other", accounts=(f"x/{OTHER_ID}",), **known)
    insert(connection, "people.person_handle", *(
        {"person_id": person, "platform": "x", "handle": handle, "match_basis": "opt_in", "source": "roster",
         "valid_from": "-infinity", "valid_to": "infinity", "known_from": LONG_AGO, "known_to": "infinity"}
        for person, handle in (("F1", "amina_k"), ("F2", "ben"))
    ))  # fmt: skip
    insert(connection, "people.consent", {"person_id": "F1", "purpose": "collect", "state": "granted",
                                          "changed_at": LONG_AGO, "source": "roster"})  # fmt: skip


def _posts(connection: Connection) -> None:
    posts = [
        item(NAME, "x", POST, ID, "2026-02-02T12:00Z", text=WORDS, url=f"https://x.com/amina_k/status/{POST}"),
        item(NAME, "x", ON_BEHALF, "museum1234", "2026-02-02T12:00Z", text="For her", on_behalf_of=" amina SAMPLE"),
        item(NAME, "x", OTHERS, OTHER_ID, "2026-02-03T12:00Z", text="With @Amina_K and Amina  Sample, not @amina_kk",
             mentions=["amina_k", ID, "carla"], reply_to_id=POST, reply_to_account=ID, kind="reply"),
        item(NAME, "facebook", "hand-post-12345", "hand:amina sample", "2026-02-03T12:00Z", text=WORDS,
             collected_by="clerk-1", source="hand:clerk-1"),
    ]  # fmt: skip
    for post in posts:
        insert(connection, "core.item", post)
    insert(connection, "core.item_copy", {**posts[0], "shown": 3}, {**posts[2], "shown": 3})
    key = {"campaign": NAME, "platform": "x"}
    for post in posts[:3]:
        its = {**key, "post_id": post["post_id"]}
        insert(connection, "core.item_version", {
            **its, **{name: post[name] for name in ("content_hash", "version_at", "text", "hashtags", "observed_at")},
        })  # fmt: skip
        insert(connection, "core.metric_snapshot", {**its, "source": "x", "observed_at": LONG_AGO, "likes": 3})
        insert(
            connection,
            "core.item_days",
            {**its, "content_hash": "\\x01", "days": [1], "themes": [], "rule_version": "1"},
        )
        insert(connection, "core.item_earlier", {**its, "version_id": f"{post['post_id'][:-1]}9"})
        insert(connection, "core.media", {**its, "name": "/media/a.jpg", "first_seen_at": LONG_AGO})
    insert(connection, "core.item_gone", {**key, "post_id": ON_BEHALF, "loss": "deleted", "source_rank": 2,
                                          "observed_at": LONG_AGO, "run_id": RUN})  # fmt: skip
    _blog(connection)
    insert(connection, "core.interaction", *(
        {**key, "interaction_id": f"i{number}", "act": "reply", "source": "x", "first_observed_at": LONG_AGO,
         "observed_at": LONG_AGO, "actor_account": OTHER_ID, **more}
        for number, more in enumerate([
            {"actor_account": ID, "target_account": OTHER_ID}, {"target_account": ID}, {"target_post": POST},
            {"target_handle": "amina_old"}, {"target_handle": "carla"}])
    ))  # fmt: skip


def _blog(connection: Connection) -> None:
    """Her own post, hers by a byline, one with Ben, and Ben's that she published."""
    insert(connection, "core.blog_post", *(
        {"campaign": NAME, "site": "blog", "post_id": post, "account_id": account, "is_tagged": False,
         "published_at": LONG_AGO, "first_seen_at": LONG_AGO, "observed_at": LONG_AGO}
        for post, account in (("own", BLOGGER), ("hers", "blog/users/team"), ("both", "blog/users/team"),
                              ("ben's", BLOGGER), ("team's", "blog/users/team"))
    ))  # fmt: skip
    insert(connection, "core.blog_byline", *(
        {"campaign": NAME, "site": "blog", "post_id": post, "place": place, "name": name}
        for post, place, name in (("hers", 1, "MINA"), ("both", 1, "Amina  Sample"), ("both", 2, "Ben Other"),
                                  ("ben's", 1, "Ben Other"))
    ))  # fmt: skip


def _around(connection: Connection) -> None:
    page = connection.execute(
        text(
            "insert into raw.page (campaign, platform, query, url, status, observed_at, sha256, items, run_id)"
            " values (:c, 'x', 'q', 'u', 200, now(), 's', 1, :run) returning page_id"
        ),
        {"c": NAME, "run": RUN},
    ).scalar_one()
    bodies = {
        POST: f'{{"id": "{POST}", "author_id": "{ID}"}}',
        OTHERS: f'{{"in_reply_to_user_id": "{ID}", "text": "With @Amina_K! Ben \\u00e9 of @amina_kk", "n": {ID}}}',
    }  # fmt: skip
    for key, body in bodies.items():
        connection.execute(
            text(
                "insert into raw.item (campaign, platform, source, key, observed_at, sha256, body, page_id)"
                " values (:c, 'x', 'x', :key, now(), 's', :body, :page)"
            ),
            {"c": NAME, "key": key, "body": body.encode(), "page": page},
        )
    for number, broken in enumerate([b'\xff{"author_key": "MINA"', b'{"author_key": "Minarets", "text": "mina"}']):
        connection.execute(
            text(
                "insert into raw.quarantine (campaign, platform, source, query, reason, detail, sha256, body,"
                " observed_at, run_id) values (:c, 'facebook', 'hand', 'q', 'bad_time', 'd', :sha, :body, now(), :run)"
            ),
            {"c": NAME, "sha": bytes([number]), "body": broken, "run": RUN},
        )
    subjects = [f"account:x:{ID}", f"post:x:{POST}", f"pair:x:{POST} + x:{OTHERS}", f"account:x:{OTHER_ID}"]
    subjects += ["person:F1", "person:F2"]
    insert(connection, "people.review_item", *(
        {"campaign": NAME, "queue": "q", "subject": subject, "evidence": "e", "records": 1, "moves_counts": True,
         "state": "open", "first_seen_at": LONG_AGO, "changed_at": LONG_AGO} for subject in subjects
    ))  # fmt: skip
    for subject in subjects:
        connection.execute(
            text(
                "insert into people.review_decision (campaign, queue, subject, evidence, verdict, note, decided_by,"
                " decided_at, known_from) values (:c, 'q', :s, 'e', 'seen', 'asked Amina Sample', 'ben', now(), now())"
            ),
            {"c": NAME, "s": subject},
        )
    insert(connection, "people.account_candidate", *(
        {"platform": "x", "account_id": a, "person_id": p, "rule": "name", "score": 1}
        for a, p in ((ID, "F2"), (OTHER_ID, "F1"), (OTHER_ID, "F2"))
    ))  # fmt: skip


def _published(connection: Connection) -> None:
    for table, columns in (
        ("marts.dim_member", "person_id text, display_name text"),
        ("marts.fct_items", "platform text, post_id text, person_id text"),
        ("metrics.metric_member_activity", "person_id text, posts int"),
        ("metrics.metric_interactions", "source_person text, target_person text, act text"),
    ):
        connection.execute(text(f"create table {table} ({columns})"))
    insert(connection, "marts.dim_member", {"person_id": "F1", "display_name": "Amina Sample"}, {"person_id": "F2"})
    insert(connection, "marts.fct_items", {"platform": "x", "post_id": POST, "person_id": "F1"},
           {"platform": "x", "post_id": OTHERS, "person_id": "F2"})  # fmt: skip
    insert(connection, "metrics.metric_member_activity", {"person_id": "F1"}, {"person_id": "F2"})
    insert(connection, "metrics.metric_interactions", *(
        {"source_person": one, "target_person": other, "act": "reply"} for one, other in (("F1", "F2"), ("F2", "F1"))
    ))  # fmt: skip
    connection.execute(text("create schema build"))
    connection.execute(text("create table build.int_anything as select 'Amina Sample' as words"))


def erase(engine: Engine, person_id: str = "F1") -> forget.Receipt:
    with engine.begin() as connection:
        return forget.forget(connection, person_id, SECRET, NOW)


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def everything(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with engine.connect() as connection:
        tables = {column.table for column in traces.columns(connection)}
    return {table: sorted(str(row) for (row,) in rows(engine, f"select t::text from {table} as t")) for table in tables}
