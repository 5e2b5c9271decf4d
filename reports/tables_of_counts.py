"""The published tables on who takes part, when and how evenly, as the report reads them."""

from __future__ import annotations

from reports.tables import GROUP_MEASURES, Table, count, percent, ratio

OF_ALL = "group_by = 'all'"

ROLES = Table(
    name="metrics.metric_posts_by_role",
    prefix="posts_by_role",
    title="Roles",
    keys=("role",),
    order="posts desc nulls last, role",
    since_later=True,
    measures={
        **GROUP_MEASURES,
        "posts": count("Unique posts by people of this role."),
        "members": count("People of this role with at least one unique post."),
        "eligible": count("People of this role on the roster."),
        "participation": percent("Those who posted, divided by those on the roster."),
        "share_posts": percent("This role's unique posts, divided by all unique posts."),
        "share_eligible": percent("This role's people on the roster, divided by everybody on it."),
    },
)

REGIONS = Table(
    name="metrics.metric_posts_by_region",
    prefix="posts_by_region",
    title="Regions",
    keys=("region",),
    order="posts desc nulls last, region",
    since_later=True,
    measures=GROUP_MEASURES,
)

RETENTION = Table(
    name="metrics.metric_retention",
    prefix="retention",
    title="Did people stay?",
    keys=("group_by", "group_name", "day"),
    labels=("local_date", "members"),
    order="day",
    only=OF_ALL,
    since_later=True,
    measures={
        "active": count("Members who posted on this local date."),
        "started_by": count("Members whose first posting day is this one or an earlier one."),
        "still_posting": count("Members whose last posting day is this one or a later one."),
        "survival": percent("Still posting, divided by all members with a posting day."),
    },
)

CONCENTRATION = Table(
    name="metrics.metric_concentration",
    prefix="concentration",
    title="Broad or few?",
    keys=("population", "group_by", "group_name"),
    order="population",
    only=OF_ALL,
    since_later=True,
    measures={
        "people": count("People, those without posts included."),
        "posts": count("Their unique posts."),
        "gini": ratio("Gini coefficient of posts per person: 0 if all have the same, near 1 if one has all."),
        "median_posts": count("Median of posts per person."),
        "top_six_share": percent("Posts of the six who posted most, divided by all posts."),
        "top_tenth_people": count("The most active tenth of the people, rounded up."),
        "top_tenth_share": percent("Posts of the most active tenth, divided by all posts."),
        "single_post_members": count("People with exactly one unique post."),
    },
)

TIMELINESS = Table(
    name="metrics.metric_timeliness",
    prefix="timeliness",
    title="On the day, or later?",
    keys=("group_by", "group_name", "lag_days"),
    labels=("timeliness",),
    order="lag_days",
    only=OF_ALL,
    since_later=True,
    measures={
        "posts": count("Unique posts made so many local days after the day of their prompt; below 0: before it."),
        "members": count("Members with such a post."),
        "share": percent("Those posts, divided by all unique posts."),
    },
)

STREAKS = Table(
    name="metrics.metric_streaks",
    prefix="streaks",
    title="Streaks",
    keys=("person_id",),
    order="person_id",
    since_later=True,
    measures={
        "longest_prompt_streak": count(
            "Most prompt days in a row that this member's posts are for, whenever they were made."
        ),
        "longest_posting_streak": count("Most local dates of the campaign in a row on which this member posted."),
    },
)

SURVEY = Table(
    name="metrics.metric_survey",
    prefix="survey",
    title="What people said",
    keys=("survey", "place", "answer"),
    labels=("question", "kind", "point", "scale"),
    order="survey, place, point, answers desc nulls last, answer",
    since_later=True,
    measures={
        "answers": count("People who chose this answer."),
        "n": count("People who answered the question."),
        "share": percent("Those who chose it, divided by those who answered the question."),
        "top2_share": percent("Of the answers on the scale, the share of its two highest points."),
        "respondents": count("People who answered at least one question of the survey."),
        "invited": count("People who were asked."),
        "response_rate": percent("Respondents, divided by those who were asked."),
    },
)

COUNTS = (ROLES, REGIONS, RETENTION, CONCENTRATION, TIMELINESS, STREAKS, SURVEY)
