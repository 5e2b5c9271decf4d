"""Where the campaign stands: what has been read, what is missing, the last runs, what waits, how old the tables are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from flows.settings import Settings
from flows.steps.backup import age_in_words
from flows.steps.build import broken
from flows.steps.collection import limits
from flows.steps.connect import expiring
from flows.steps.warehouse import now, open_warehouse
from warehouse import ledger
from warehouse.budget import standing
from warehouse.campaign import Campaign
from warehouse.daily_runs import DailyRuns, daily_runs
from warehouse.gaps import Gap, gaps
from warehouse.judged import last_judged

# What is asked now. A query that is asked no more (another roster, a site taken out) would look as if it stood still;
# `core.watermark` and `metric_coverage` keep how far it came.
READS = """
with hours as (
    select platform, query,
           count(*) filter (where state = 'complete') as complete,
           count(*) filter (where state = 'gap') as gap,
           count(*) filter (where state = 'not_visible') as not_visible
    from core.coverage
    where campaign = :campaign and hour < :now
    group by platform, query
)
select platform, query, w.complete_until,
       coalesce(h.complete, 0) as hours_complete, coalesce(h.gap, 0) as hours_gap,
       coalesce(h.not_visible, 0) as hours_not_visible
from (select platform, query from core.query where campaign = :campaign) as asked
left join (select * from core.watermark where campaign = :campaign) as w using (platform, query)
left join hours h using (platform, query)
order by platform, query
"""

RUNS = """
select r.verb, r.state, r.started_at, r.ended_at, r.error,
       coalesce(sum(p.fetched), 0) as fetched, coalesce(sum(p.new), 0) as new,
       coalesce(sum(p.quarantined), 0) as quarantined,
       string_agg(p.platform || ': ' || p.error, chr(10) order by p.platform) as platform_errors
from core.run r
left join core.run_platform p using (run_id)
where r.campaign = :campaign
group by r.run_id
order by r.started_at desc
limit 5
"""

TOTALS = """
select (select count(*) from core.item where campaign = :campaign) as items,
       (select count(*) from raw.quarantine where campaign = :campaign) as quarantined,
       (select count(*) from people.person) as people,
       (select coalesce(sum(p.requests), 0)
          from core.run_platform p join core.run r using (run_id) where r.campaign = :campaign) as requests,
       (select coalesce(sum(p.cost), 0)
          from core.run_platform p join core.run r using (run_id) where r.campaign = :campaign) as spend
"""

HIDDEN = "select platform, act, reason from core.hidden_act where campaign = :campaign order by platform, act"

BLOGS = """
select site, read_from, read_until,
       (select count(*) from core.blog_post as post
        where post.campaign = blog.campaign and post.site = blog.site and post.deleted_at is null) as posts
from core.blog as blog
where campaign = :campaign
order by site
"""

# Compared as dbt's int_people__named compares them.
UNKNOWN_BYLINES = r"""
with known as (
    select lower(btrim(regexp_replace(normalize(name, nfkc), '\s+', ' ', 'g'))) as name_key
    from people.person
    cross join lateral unnest(array[person_id, display_name, name_native] || name_aliases) as name
    where name is not null
    group by name_key
    having count(distinct person_id) = 1
)
select min(byline.name) as name, count(*) as posts, max(post.url) as link
from core.blog_byline as byline
join core.blog as blog using (campaign, site)
join core.blog_post as post using (campaign, site, post_id)
cross join lateral (
    select lower(btrim(regexp_replace(normalize(byline.name, nfkc), '\s+', ' ', 'g'))) as name_key
) as compared
where campaign = :campaign and post.published_at >= blog.read_from and name_key not in (select name_key from known)
group by name_key
order by posts desc, name
"""

TO_MEND = """
select distinct p.platform || ': ' || sentence as told
from core.run_platform as p
join core.run as r using (run_id)
cross join lateral unnest(p.to_mend) as sentence
where r.campaign = :campaign and p.platform = any(:platforms)
order by told
"""

PUBLISHED = """
select p.published_at, p.as_of, h.unique_posts, h.members, h.fellows, h.countries, h.provisional, h.open_reviews
from metrics.metric_headline h
join metrics.publication p using (publication_id)
where h.campaign = :campaign
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    campaign: str
    now: datetime
    opens_at: datetime
    closes_at: datetime
    reads: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    totals: dict[str, Any]
    published: dict[str, Any] | None
    budgets: dict[str, dict[str, Any]]
    """Platform -> spent and reserved dollars, calls, and what is left; of platforms with a budget or a bill."""
    expiring: list[str]
    """A sentence for each credential that expires within a week, or has expired."""
    hidden: list[dict[str, Any]]
    """What platforms do not show of who dealt with whom, and why; known after `collect --stream interactions`."""

    blogs: list[dict[str, Any]]
    """The programme's own blogs: from when to when they were read whole, and how many posts are there."""
    unknown_bylines: list[dict[str, Any]]
    """Names in bylines that nobody on the roster bears, or several people do: in how many posts, the link of one."""
    gaps: Sequence[Gap]
    """The spans that cannot be had, by platform and query."""
    daily: DailyRuns
    """Which days have had no daily run that ended well."""
    to_mend: list[str]
    """`platform: sentence`: what the newest readings ask of a person, such as accounts that cannot be found."""
    backup: str
    """A sentence: how old the newest backup on this computer is."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def status(settings: Settings, campaign: Campaign, *, clock: Callable[[], datetime] = now) -> Status:
    """Read the campaign's state from the warehouse; also marks runs whose process is gone as died."""
    engine = open_warehouse(settings)
    ledger.sweep(engine)
    moment = clock()
    with engine.connect() as connection:
        found = Status(
            campaign=campaign.name,
            now=moment,
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
            reads=_rows(connection, READS, campaign=campaign.name, now=moment),
            runs=_rows(connection, RUNS, campaign=campaign.name),
            totals=_rows(connection, TOTALS, campaign=campaign.name)[0],
            published=published(connection, campaign.name),
            budgets=_budgets(connection, campaign, moment),
            expiring=expiring(settings, moment, campaign.platforms),
            hidden=_rows(connection, HIDDEN, campaign=campaign.name),
            blogs=_rows(connection, BLOGS, campaign=campaign.name),
            unknown_bylines=_rows(connection, UNKNOWN_BYLINES, campaign=campaign.name),
            gaps=gaps(connection, campaign.name, moment),
            daily=daily_runs(connection, campaign, moment),
            to_mend=_to_mend(connection, campaign),
            backup=age_in_words(settings, moment),
        )
    engine.dispose()
    return found


def _to_mend(connection: Connection, campaign: Campaign) -> list[str]:
    """What should hold in the newest build and does not, and what readings ask of a person, in sentences."""
    found = _rows(connection, TO_MEND, campaign=campaign.name, platforms=list(campaign.platforms))
    judged = last_judged(connection, campaign.name)
    odd = [check for check in judged.checks if not check.passed and check.severity == "warning"] if judged else []
    return [*map(broken, odd), *(one["told"] for one in found)]


def _budgets(connection: Connection, campaign: Campaign, at: datetime) -> dict[str, dict[str, Any]]:
    found = {
        platform: standing(connection, campaign.name, platform, at, limits(campaign, platform))
        for platform in campaign.platforms
    }
    return {
        platform: {
            "spent": purse.spent,
            "reserved": purse.reserved,
            "calls": purse.calls,
            "left": purse.left,
            "calls_left": purse.calls_left,
        }
        for platform, purse in found.items()
        if purse.limits.any or purse.spent or purse.reserved
    }


def published(connection: Connection, campaign_name: str) -> dict[str, Any] | None:
    """The published headline with its times; None if nothing was published yet."""
    if connection.execute(text("select to_regclass('metrics.metric_headline')")).scalar() is None:
        return None
    rows = _rows(connection, PUBLISHED, campaign=campaign_name)
    return rows[0] if rows else None


def _rows(connection: Connection, sql: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(text(sql), values)]
