"""All published tables that the report reads, in the order in which it shows them."""

from __future__ import annotations

from reports.tables import COHORTS, COUNTRIES, COVERAGE, HEADLINE, MEMBERS, PLATFORMS, PROMPTS, WATERFALL
from reports.tables_of_counts import CONCENTRATION, REGIONS, RETENTION, ROLES, STREAKS, SURVEY, TIMELINESS
from reports.tables_of_ties import AMOUNTS, HOMOPHILY, NETWORK, NEW_TIES, SHARES

METRICS = (
    *(HEADLINE, WATERFALL, PROMPTS, TIMELINESS, PLATFORMS, COUNTRIES, REGIONS, COHORTS, ROLES),
    *(RETENTION, CONCENTRATION, SHARES, NEW_TIES, HOMOPHILY, NETWORK, AMOUNTS, SURVEY),
    *(MEMBERS, STREAKS, COVERAGE),
)
