"""What an analyst can read of the reference campaign holds none of its people, posts and words.

The rule. Looked for are: every name, every part of a name of 4 letters and more, every handle, person id, account id,
post id and address, and every word of 6 letters and more of every post. Compared are words without case: one after the
other as they stand in the value, so that a handle of two words is found, and `ana` is not found in `banana`. A word
that the campaign's own file, the countries or the models themselves use is nobody's: themes, countries, reasons.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from sandbox.world import World
from tests.reference.living import Warehouse
from warehouse.engine import connect
from warehouse.publish import PUBLISHED
from warehouse.roles import analysts
from warehouse.transform import PROJECT

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

NAME_PART, WORD, ID = 4, 6, 3
LONGEST = 8
"""Words, of what is looked for; of longer ones the first."""
Words = tuple[str, ...]

READABLE = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm') and n.nspname !~ '^pg_|^information_schema$'
  and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
order by 1
"""
IDS = """
select post_id from core.item union select account_id from core.account union select handle from core.account_handle
union select display_name from core.account union select handle from people.person_handle
union select person_id from people.person union select version_id from core.item_version
union select url from core.item union select actor_account from core.interaction union select name from core.blog_byline
"""


PUBLIC = """
select to_jsonb(reference)::text from people.country_ref as reference
union all select to_jsonb(campaign)::text from core.campaign as campaign
union all select label from people.person_country
"""


def words(value: str) -> Words:
    return tuple(re.findall(r"\w+", value.casefold()))


def runs(value: Words) -> Iterator[Words]:
    """Every run of words in a value."""
    for start in range(len(value)):
        for end in range(start + 1, min(len(value), start + LONGEST) + 1):
            yield value[start:end]


def planted(world: World, warehouse: Engine) -> dict[Words, str]:
    """What must not be found -> what kind of thing it is."""
    found: dict[Words, str] = {}
    for post in (*world.posts.values(), *(plan.post for plan in world.blog)):
        for said in (post.title, *(version.text for version in post.versions)):
            found |= {(word,): "a word of a post" for word in words(said) if len(word) >= WORD}
    for person in world.people.values():
        found |= {(part,): "a part of a name" for part in words(person.name) if len(part) >= NAME_PART}
        found[words(person.name)] = "a name"
    with warehouse.connect() as connection:
        known = set(connection.execute(text(IDS)).scalars())
        public = " ".join(connection.execute(text(PUBLIC)).scalars())
    known |= {handle for person in world.people.values() for handle in person.handles.values()}
    known |= {person.person_id for person in world.people.values()}
    found |= {words(one)[:LONGEST]: "an id, a handle or an address" for one in known if one and len(one) >= ID}
    models = " ".join(path.read_text("utf-8") for path in (PROJECT / "models").rglob("*.yml"))
    seeds = " ".join(path.read_text("utf-8") for path in (PROJECT / "seeds").glob("*.csv"))
    campaign = " ".join(map(str, world.settings.values()))
    nobodys = set(words(f"{models} {seeds} {public} {campaign}"))
    return {key: kind for key, kind in found.items() if key and not (len(key) == 1 and key[0] in nobodys)}


def leaks(reader: Engine, looked_for: dict[Words, str]) -> set[str]:
    """Where something is found that must not be: table, column and kind, never the value."""
    found = set[str]()
    with reader.connect() as connection:
        tables = connection.execute(text(READABLE)).scalars().all()
        assert len(tables) > 40, "an analyst reads the views, and more"
        for table in tables:
            rows = connection.execute(text(f"select * from {table}")).mappings()
            seen = {(column, str(value)) for row in rows for column, value in row.items() if value is not None}
            for column, value in seen:
                kinds = {looked_for[run] for run in runs(words(value)) if run in looked_for}
                found |= {f"{table}.{column}: {kind}" for kind in kinds}
                if "://" in value or "@" in value:
                    found.add(f"{table}.{column}: an address")
    return found


@contextmanager
def an_analyst(warehouse: Warehouse) -> Iterator[Engine]:
    """Somebody who logs in with the role of analysts only."""
    name = f"rollcall_test_{uuid.uuid4().hex[:12]}"
    warehouse.change(f"create role {name} login password '{name}' in role rollcall_analyst")
    url = make_url(warehouse.engine.url.render_as_string(hide_password=False)).set(username=name, password=name)
    engine = connect(url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    warehouse.change(f"drop role {name}")


def test_nothing_planted_can_be_read_by_an_analyst(
    decided: Warehouse, reference: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither as it is published, nor is that because nothing would be found: one mark changed, and it is."""
    looked_for = planted(reference, decided.engine)
    assert len(looked_for) > 4000
    with an_analyst(decided) as analyst:
        assert leaks(analyst, looked_for) == set()
        honest = analysts.marks
        for column, kind in (
            ("display_name", "a name"),
            ("person_id", "an id, a handle or an address"),
            ("url", "an address"),
        ):
            monkeypatch.setattr(
                analysts, "marks", lambda schema, table, shown=column: {**honest(schema, table), shown: "show"}
            )
            with decided.engine.begin() as connection:
                analysts.keep_views(connection, PUBLISHED)
            assert {found.rpartition(": ")[2] for found in leaks(analyst, looked_for)} >= {kind}
        monkeypatch.setattr(analysts, "marks", honest)
        with decided.engine.begin() as connection:
            analysts.keep_views(connection, PUBLISHED)
        assert leaks(analyst, looked_for) == set()


def test_an_analyst_counts_what_the_report_counts(published: Warehouse) -> None:
    """Posts by person, joined over keys, are the headline's; the keys are as many as the people."""
    with an_analyst(published) as analyst, analyst.connect() as connection:
        posts, people, fellows, countries = connection.execute(
            text("""
                select count(*), count(distinct person_key),
                    count(distinct person_key) filter (where member.role = 'fellow'),
                    count(distinct member.country_iso3) filter (where member.role = 'fellow')
                from analysis.fct_posts as post
                join analysis.dim_member as member using (campaign, person_key)
            """)
        ).one()
    assert (posts, people, fellows, countries) == published.headline() == (630, 59, 50, 25)
