"""The published tables as the report reads them: keys, measures and what each measure means.

The definitions are those of definition version 1; `dbt_like_sql` computes the tables, nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["count", "ratio", "percent", "of_hundred", "index", "p", "date", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    definition: str
    form: Form = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str
    prefix: str
    """First part of the ids of this table's figures."""
    title: str
    keys: tuple[str, ...]
    """The grain, within one campaign."""
    measures: Mapping[str, Measure]
    labels: tuple[str, ...] = ()
    order: str
    plain: str | None = None
    """The measure that the key alone names: `waterfall.repost` is its items."""
    only: str = "true"
    """Which rows the report reads."""
    since_later: bool = False
    """Whether warehouses that were last built by an older version may lack it."""


def count(definition: str) -> Measure:
    return Measure(definition=definition)


def ratio(definition: str) -> Measure:
    return Measure(definition=definition, form="ratio")


def percent(definition: str) -> Measure:
    return Measure(definition=definition, form="percent")


GROUP_MEASURES = {
    "posts": count("Unique posts by fellows of this group."),
    "members": count("Fellows of this group with at least one unique post."),
    "eligible": count("Fellows of this group on the roster, whether they posted or not."),
    "participation": percent("Fellows who posted, divided by fellows on the roster."),
    "ci_low": percent("Lower end of the 95 % Wilson interval of the participation."),
    "ci_high": percent("Upper end of the 95 % Wilson interval of the participation."),
    "posts_per_member": ratio("Unique posts divided by the fellows who posted."),
    "share_posts": percent("This group's unique posts, divided by all fellows' unique posts."),
    "share_eligible": percent("This group's fellows on the roster, divided by all fellows on the roster."),
    "representation_ratio": ratio("Share of posts divided by share of roster: 1 is in proportion, above 1 is more."),
}

HEADLINE = Table(
    name="metrics.metric_headline",
    prefix="headline",
    title="Headline",
    keys=(),
    order="campaign",
    measures={
        "unique_posts": count("Contributions by members of the network, each counted once however often copied."),
        "members": count("People on the roster, in any role, with a unique post. Institutions are never members."),
        "fellows": count("Members whose role during the campaign is fellow or senior fellow."),
        "countries": count("Different programme countries of the fellows who took part."),
        "countries_all_members": count("Different programme countries of all members who took part."),
        "countries_by_residence": count(
            "Different countries in which the fellows who took part live; the programme's where none is told."
        ),
        "cohorts": count("Different ITP years (year of first participation) of the fellows who took part."),
        "posts_per_member": ratio("Unique posts divided by members."),
        "posts_per_day": ratio(
            "Unique posts divided by the days of the campaign; while it goes on, those of the days that are over."
        ),
        "fill_rate": percent(
            "Different pairs of member and prompt day, divided by members times days; while it goes on, those that are "
            "over."
        ),
        "open_reviews": count("Records that wait for a person's decision and may still change the numbers."),
        "provisional": Measure(definition="Whether records still wait for a person's decision.", form="flag"),
    },
)

WATERFALL = Table(
    name="metrics.metric_waterfall",
    prefix="waterfall",
    title="What was counted",
    keys=("step",),
    labels=("step_order", "kind"),
    order="step_order, step",
    plain="items",
    measures={
        "items": count("Items at this step. Every item leaves at exactly one step: the first reason that applies."),
        "remaining": count("Items that are left after this step."),
    },
)

PROMPTS = Table(
    name="metrics.metric_posts_by_prompt",
    prefix="posts_by_prompt",
    title="Posts by day",
    keys=("prompt_day",),
    labels=("label",),
    order="prompt_day",
    measures={
        "posts": count("Unique posts by their first prompt day, so that the days add up to the total."),
        "coverage_rows": count("Unique posts that name this day, also where they name several."),
        "members": count("Different members with a unique post for this day."),
        "on_time": count("Posted on the day itself, by the author's local date."),
        "late": count("Posted after the day, by the author's local date."),
        "early": count("Posted before the day, by the author's local date."),
    },
)

PLATFORMS = Table(
    name="metrics.metric_posts_by_platform",
    prefix="posts_by_platform",
    title="Platforms",
    keys=("platform",),
    order="posts desc nulls last, platform",
    measures={
        "posts": count("Unique posts whose earliest copy is on this platform."),
        "items": count("Items on this platform that belong to unique posts, copies included."),
        "members": count("Different members with a unique post that appeared first on this platform."),
        "share": percent("Unique posts of this platform, divided by all unique posts."),
    },
)

COUNTRIES = Table(
    name="metrics.metric_posts_by_country",
    prefix="posts_by_country",
    title="Countries",
    keys=("country_iso3",),
    labels=("country_label", "region"),
    order="posts desc nulls last, country_label",
    measures=GROUP_MEASURES,
)

COHORTS = Table(
    name="metrics.metric_posts_by_cohort",
    prefix="posts_by_cohort",
    title="ITP years",
    keys=("cohort_year",),
    order="cohort_year",
    measures=GROUP_MEASURES,
)

MEMBERS = Table(
    name="metrics.metric_member_activity",
    prefix="member_activity",
    title="Who took part",
    keys=("person_id",),
    order="posts desc nulls last, person_id",
    measures={
        "posts": count("This member's unique posts."),
        "prompt_days": count("Different prompt days that this member's unique posts are for."),
        "posting_days": count("Different local dates within the campaign on which this member posted."),
        "first_local_date": Measure(definition="Local date of this member's first unique post.", form="date"),
        "last_local_date": Measure(definition="Local date of this member's last unique post.", form="date"),
        "platforms": count("Different platforms on which this member's unique posts appeared first."),
        "on_time_share": percent("This member's posts made on the day itself, divided by all of this member's posts."),
    },
)

COVERAGE = Table(
    name="metrics.metric_coverage",
    prefix="coverage",
    title="Coverage",
    keys=("platform", "query", "day"),
    labels=("hours_gap", "hours_not_visible", "hours_unread"),
    order="platform, query, day",
    plain="hours_complete",
    measures={"hours_complete": count("Hours of this day (UTC) that were read to their end.")},
)

COVERAGE_TOTALS = {
    "hours_complete": count("Hours that were read to their end."),
    "hours_gap": count("Hours that are known to be missing."),
    "hours_not_visible": count("Hours that the platform does not show, by design."),
    "hours_unread": count("Hours that have not been read yet."),
}
