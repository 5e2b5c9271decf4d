"""A campaign of any size for `bench_build`, put into the warehouse by set-based SQL.

100 posts a person over 28 days: a third are copies of the one before (an added word, a cut, a recompressed picture or a
link), one in ten answers somebody, one in twenty is a stranger's. Five acts a post, half of them before the campaign,
each towards one of the 40 people who come next in the list, so that a person's circle does not grow with the
programme. Three snapshots of counts a post. As many people again are on the roster and silent.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from warehouse import campaigns
from warehouse.campaign import Campaign, Prompt
from warehouse.people import countries

AS_OF = datetime(2027, 3, 31, tzinfo=UTC)
POSTS_A_PERSON, ACTS_A_POST, CIRCLE = 100, 5, 40
CAMPAIGN = Campaign(
    name="bench",
    title="Benchmark",
    hashtags=("itp28",),
    starts_on=date(2027, 2, 1),
    ends_on=date(2027, 2, 28),
    zone=ZoneInfo("Europe/London"),
    prompts=tuple(Prompt(day=day, label=f"Prompt {day}") for day in range(1, 29)),
    platforms={"facebook": {}, "x": {}, "mastodon": {}},
)

FILL = (
    """
    insert into people.person (person_id, display_name, source, created_at)
    select 'P' || n, initcap(translate(md5(n::text), '0123456789', 'ghijklmnop')), 'bench', '2020-01-01'
    from generate_series(0, 2 * :people - 1) as n
    """,
    """
    insert into people.person_role (person_id, role, cohort_year, known_from)
    select 'P' || n, 'fellow', 2006 + n % 14, '2020-01-01' from generate_series(0, 2 * :people - 1) as n
    """,
    """
    insert into people.person_country (person_id, kind, label, iso3, known_from)
    select 'P' || n, 'programme', name_en, iso3, '2020-01-01'
    from generate_series(0, 2 * :people - 1) as n
    inner join (
      select iso3, name_en, row_number() over (order by iso3) - 1 as place
      from people.country_ref where m49_subregion is not null order by iso3 limit 48
    ) as countries on place = n % 48
    """,
    """
    insert into people.person_handle (person_id, platform, handle, match_basis, known_from, source)
    select 'P' || n, platform, 'user' || n, 'opt_in', '2020-01-01', 'roster'
    from generate_series(0, :people - 1) as n cross join unnest(array['facebook', 'x', 'mastodon']) as platform
    """,
    """
    insert into core.account (platform, account_id, handle, observed_at)
    select platform, sort || n, case sort when 'P' then 'user' else 'stranger' end || n, '2027-02-01'
    from generate_series(0, :people - 1) as n
    cross join unnest(array['facebook', 'x', 'mastodon']) as platform
    cross join unnest(array['P', 'S']) as sort
    """,
    """
    insert into core.account_handle (platform, account_id, handle, seen_from)
    select platform, account_id, handle, '2027-01-01' from core.account
    """,
    """
    with posts as (
      select
        n, original, (array['x', 'facebook', 'mastodon'])[n % 3 + 1] as platform,
        case when n % 20 = 19 then 'S' else 'P' end || original / :posts_a_person as account_id,
        timestamptz '2027-02-01 12:00+00' + original % 28 * interval '1 day' + original / 28 % 97 * interval '5 minutes'
          + (n - original) * interval '5 minutes' as created_at
      from generate_series(0, :posts - 1) as n
      cross join lateral (select n - (n % 3 = 0)::int as original) as copied
    ),
    worded as (
      select posts.*, (
        select string_agg('w' || floor(5000 * power(hash % 10007 / 10007.0, 3)), ' ' order by k)
        from generate_series(1, 19) as k
        cross join lateral (select abs(hashint4(original * 31 + k)) as hash) as hashed
      ) as words
      from posts
    )
    insert into core.item (
      campaign, platform, post_id, source, source_rank, account_id, kind, url, text, created_at, version_at, hashtags,
      tagged, mentions, links, media_types, media_hashes, reply_to_id, reply_to_account, audience, flags, content_hash,
      first_seen_at, observed_at
    )
    select
      'bench', platform, n::text, platform, 2, account_id, case when n % 10 = 7 then 'reply' else 'original' end,
      'https://' || platform || '.example/' || n,
      case when n % 2 = 0 then 'Day ' || original % 28 + 1 || ': ' else '' end
        || case when n = original then words when n % 4 = 0 then left(words, 60) else words || ' again' end
        || ' #itp28',
      created_at, created_at, '{itp28}', true, '{}',
      case when n <> original and n % 5 = 0 then array['https://facebook.example/' || original] else '{}' end, '{}',
      array['phash:' || left(md5(original::text), 15) || case when n = original then '0' else '1' end],
      case when n % 10 = 7 then (n - 3)::text end, case when n % 10 = 7 then 'elsewhere' end,
      'public', '{}', sha256(n::text::bytea), created_at + interval '6 hours', created_at + interval '6 hours'
    from worded
    """,
    """
    insert into core.item_version (campaign, platform, post_id, content_hash, version_at, hashtags, observed_at)
    select campaign, platform, post_id, content_hash, version_at, hashtags, observed_at from core.item
    """,
    """
    insert into core.metric_snapshot (campaign, platform, post_id, source, observed_at, likes, replies, reposts, quotes)
    select campaign, platform, post_id, source, created_at + days * interval '1 day', days * 5, days, days, 0
    from core.item cross join unnest(array[1, 3, 7]) as days
    """,
    """
    insert into core.interaction (
      campaign, platform, interaction_id, act, actor_account, target_account, target_post, acted_at, source,
      first_observed_at, observed_at
    )
    select
      'bench', platform, 'act' || n, act, 'P' || actor, 'P' || target, case when n % 2 = 0 then post::text end,
      acted_at, platform, acted_at + interval '6 hours', acted_at + interval '6 hours'
    from (
      select
        n, target, post, n / :acts_a_person as actor, (array['x', 'facebook', 'mastodon'])[post % 3 + 1] as platform,
        (array['reply', 'quote', 'repost', 'mention', 'comment'])[n / 3 % 5 + 1] as act,
        timestamptz '2027-01-05 12:00+00' + n % 2 * interval '28 days' + n / 2 % 27 * interval '1 day' as acted_at
      from generate_series(0, :acts - 1) as n
      cross join lateral (select (n / :acts_a_person + 1 + abs(hashint4(n)) % :circle) % :people as target) as aimed
      cross join lateral (select target * :posts_a_person + n % :posts_a_person as post) as answered
    ) as told
    """,
    """
    insert into core.query (campaign, platform, query)
    select 'bench', platform, query
    from unnest(array['facebook', 'x', 'mastodon']) as platform cross join unnest(array['q', 'interactions/q']) as query
    """,
    """
    insert into core.coverage (campaign, platform, query, hour, state, run_id)
    select campaign, platform, query, hour, 'complete', :run_id
    from core.query cross join generate_series(timestamptz '2027-01-01 00:00+00', :as_of, interval '1 hour') as hour
    """,
)


def fill(engine: Engine, posts: int) -> dict[str, int]:
    """A campaign of so many posts into an empty warehouse; returns how many of what it has."""
    people = posts // POSTS_A_PERSON
    given = {
        "posts": posts, "people": people, "acts": posts * ACTS_A_POST, "posts_a_person": POSTS_A_PERSON,
        "acts_a_person": POSTS_A_PERSON * ACTS_A_POST, "circle": CIRCLE, "as_of": AS_OF, "run_id": str(uuid.uuid4()),
    }  # fmt: skip
    with engine.begin() as connection:
        countries.load(connection)
        campaigns.sync(connection, CAMPAIGN)
        for statement in FILL:
            asked = text(statement)
            connection.execute(asked, {name: given[name] for name in asked.compile().params})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    return {"posts": posts, "acts": posts * ACTS_A_POST, "people": people}
