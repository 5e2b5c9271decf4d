"""The warehouse's copy of the campaign file."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import text

from tests.dbt.rows import insert, item
from warehouse import campaigns
from warehouse.campaign import Campaign, Prompt

CAMPAIGN = Campaign(
    name="itp28",
    title="Twenty-eight days",
    hashtags=("itp28", "itp28days"),
    starts_on=date(2027, 2, 1),
    ends_on=date(2027, 2, 3),
    zone=ZoneInfo("Europe/London"),
    prompts=(
        Prompt(day=1, label="Museum selfie", keywords=("selfie", 'a "quoted", one')),
        Prompt(day=2),
        Prompt(day=3, label="Memory"),
    ),
    organisers={"x": ("team", "museum")},
    programme_years=(2019, 2021),
    small_group=7,
)


def sync(engine, campaign):
    with engine.begin() as connection:
        campaigns.sync(connection, campaign)
    with engine.begin() as connection:
        return [
            connection.execute(text(f"select xmin::text, t.* from {table} t order by 2, 3")).all()
            for table in ("core.campaign", "core.prompt")
        ]


def test_the_copy_says_what_the_file_says(engine):
    """Every field of the file arrives, with NULL for what it does not tell."""
    ((campaign,), prompts) = sync(engine, CAMPAIGN)
    assert campaign[1:] == (
        "itp28",
        "Twenty-eight days",
        ["itp28", "itp28days"],
        date(2027, 2, 1),
        date(2027, 2, 3),
        "Europe/London",
        7,
        [2019, 2021],
        {"x": ["team", "museum"]},
        [],
        {"domains": [], "phrases": [], "homonyms": [], "burst": 5, "signals": 2},
        [],
        7,
        ["itp28", "itp28days"],
        True,
    )
    assert [prompt[2:] for prompt in prompts] == [
        (1, "Museum selfie", ["selfie", 'a "quoted", one']),
        (2, None, []),
        (3, "Memory", []),
    ]
    ((bare,), none) = sync(engine, replace(CAMPAIGN, prompts=(), organisers={}, programme_years=()))
    assert (bare.programme_years, bare.organisers, none) == (None, {}, [])


def test_an_unchanged_file_writes_nothing(engine):
    """Syncing again leaves every row as the first transaction wrote it."""
    assert sync(engine, CAMPAIGN) == sync(engine, CAMPAIGN)


def test_only_what_differs_is_touched(engine):
    """A new label rewrites its prompt only, and a day that is no longer in the file goes."""
    before = sync(engine, CAMPAIGN)
    first, second, _ = CAMPAIGN.prompts
    after = sync(engine, replace(CAMPAIGN, prompts=(first, replace(second, label="Lunch"))))
    assert after[0] == before[0]
    assert after[1][0] == before[1][0]
    assert [prompt.label for prompt in after[1]] == ["Museum selfie", "Lunch"]


def judged(engine, **more):
    ((campaign,), _) = sync(engine, replace(CAMPAIGN, **more))
    return campaign.judged_by, campaign.is_judged


def test_other_hashtags_judge_what_comes_and_not_what_is_held(engine):
    """Until all that is held is judged anew, also where the first ones come back; where nothing is held, nothing is."""
    assert judged(engine) == (["itp28", "itp28days"], True)
    assert judged(engine, hashtags=("itp28",)) == (["itp28"], True)
    with engine.begin() as connection:
        insert(connection, "core.item", item("itp28", "x", "1", None, "2027-02-01T12:00:00Z"))
    assert judged(engine, hashtags=("itp28",), title="Another") == (["itp28"], True)
    assert judged(engine, hashtags=("itp82",)) == (["itp28", "itp82"], False)
    assert judged(engine, hashtags=("itp28",)) == (["itp28", "itp82"], False)
    assert judged(engine, hashtags=("itp28",), title="Another") == (["itp28", "itp82"], False)
    with engine.begin() as connection:
        campaigns.judged(connection, replace(CAMPAIGN, hashtags=("itp28",)))
    assert judged(engine, hashtags=("itp28",)) == (["itp28"], True)


def test_hashtags_in_another_order_are_the_same(engine):
    """The campaign's own stands first; which of them that is judges nothing."""
    judged(engine)
    with engine.begin() as connection:
        insert(connection, "core.item", item("itp28", "x", "1", None, "2027-02-01T12:00:00Z"))
    assert judged(engine, hashtags=("itp28days", "itp28"))[1]


def test_only_the_hashtags_that_judged_are_noted(engine):
    """Somebody else's file may have put others into the warehouse meanwhile."""
    judged(engine)
    with engine.begin() as connection:
        insert(connection, "core.item", item("itp28", "x", "1", None, "2027-02-01T12:00:00Z"))
    judged(engine, hashtags=("theirs",))
    with engine.begin() as connection:
        campaigns.judged(connection, CAMPAIGN)
        noted = connection.execute(text("select hashtags, judged_by, is_judged from core.campaign")).one()
    assert tuple(noted) == (["theirs"], ["itp28", "itp28days"], False)
