"""The Prefect flow `refresh`: asks again for posts that we hold, by age and price (`flows.steps.streams.refresh`)."""

from collections.abc import Sequence

from prefect import State, flow
from prefect.states import Completed

from flows.collect import Day, Platform, collecting, window_of
from flows.errors import ConfigurationError
from flows.runs import opening, plainly, run_name, switch_off_when_over
from flows.steps.collect import refreshed_daily


@flow(name="refresh", flow_run_name=run_name, timeout_seconds=4 * 3600, persist_result=False)
def refresh(campaign: str, platforms: tuple[Platform, ...] = (), since: Day = None) -> State:
    """Ask again for posts: edits and new counts come in, deletions follow. Young posts often, old ones rarely.

    Args:
        campaign: The name of the campaign file, without `.toml`.
        platforms: Only these platforms. Choose none to ask all where it is free or switched on in the campaign file.
        since: Ask for all posts that were made from this day on (in the campaign's time zone), whatever was asked
            before. None: only those whose turn it is.
    """
    return plainly(_refresh, campaign, platforms, since)


def _refresh(campaign_name: str, platforms: Sequence[str], since: Day) -> State:
    settings, campaign = opening(campaign_name)
    asked = refreshed_daily(campaign)
    if dear := [platform for platform in platforms if platform not in asked]:
        raise ConfigurationError(
            f"Posts on {dear[0]} are not asked for again: refresh = true in [platforms.{dear[0]}] of the campaign file "
            "switches it on. X charges for every post that it shows."
        )
    if not asked:
        switch_off_when_over(campaign)
        return Completed(message=f"No platform of {campaign.title} is asked again; its file switches it off.")
    start, _ = window_of(campaign, since, None)
    return collecting(settings, campaign, platforms or asked, start, None, stream="refresh")
