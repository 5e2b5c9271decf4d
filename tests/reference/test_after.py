"""What comes after the headline: somebody leaves, and everything is read again in another order."""

from __future__ import annotations

import pytest

from flows.steps.forget import forget
from tests.flows.order import differences_by_order
from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

ONLY_ONE_OF_NEW_ZEALAND = "select person_id from marts.dim_member where country_iso3 = 'NZL' and role = 'fellow'"


@pytest.mark.full
def test_the_only_fellow_of_new_zealand_is_erased_and_stays_so(decided: Warehouse) -> None:
    """23 posts fewer, a country less; neither the next collection nor the same files bring them back."""
    team, clock = decided.team, decided.team.servers.clock
    participants = ONLY_ONE_OF_NEW_ZEALAND + " and person_id in (select person_id from marts.fct_posts)"
    ((person,),) = decided.rows(participants)
    eligible = decided.rows("select sum(eligible) from metrics.metric_posts_by_cohort")[0][0]
    gone = forget(team.settings, person, clock=clock.now)
    assert decided.headline() == (607, 58, 49, 24)
    assert gone.as_json()["rows"]["core.item"] >= 23
    assert decided.rows("select sum(eligible) from metrics.metric_posts_by_cohort") == [(eligible - 1,)]
    team.imported.clear()
    team.take_in(team.servers.world.collections()[-1])
    team.publish()
    assert decided.headline() == (607, 58, 49, 24)


@pytest.mark.full
def test_no_order_changes_what_is_published(decided: Warehouse) -> None:
    """Read again from raw, shuffled with a third of it twice, and the last day's files imported again."""
    team = decided.team
    sheets = sorted(team.settings.home.glob("*.csv")) + sorted(team.settings.home.glob("*.ndjson"))
    sheets = [sheet for sheet in sheets if sheet.name != "roster.csv"]
    found = differences_by_order(team.settings, team.campaign, team.servers, decided.engine, sheets)
    assert found == {"read again": {}, "shuffled": {}, "imported again": {}}
    assert decided.headline() == (630, 59, 50, 25)
