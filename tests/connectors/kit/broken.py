"""Copies of connectors with one defect each, and the check that must notice it.

The copy is the real module with what the defect gives in place of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.connectors.kit import broken_items as items
from tests.connectors.kit import broken_manners as manners
from tests.connectors.kit import broken_reading as reading


@dataclass(frozen=True, kw_only=True)
class Defect:
    name: str
    platform: str
    check: str
    change: Callable[[Any], dict[str, Any]]
    """What replaces functions of the real module."""

    def copy(self, real: Any) -> Any:
        names = {name: getattr(real, name) for name in dir(real) if not name.startswith("__")}
        return SimpleNamespace(**{**names, **self.change(real)})


DEFECTS = (
    ("x", reading.window_begins_late, "check_the_window_is_read_whole"),
    ("x", reading.window_ends_early, "check_the_window_is_read_whole"),
    ("facebook", reading.a_page_is_dropped, "check_pages_are_read_to_the_end"),
    ("bluesky", reading.stops_at_an_empty_page, "check_an_empty_page_is_not_the_end"),
    ("mastodon", reading.stops_at_an_empty_page, "check_an_empty_page_is_not_the_end"),
    ("x", reading.stops_at_a_repeated_token, "check_a_token_that_repeats_itself_is_followed"),
    ("threads", reading.never_stops, "check_the_same_page_for_ever_ends"),
    ("mastodon", reading.swallows_the_end, "check_the_same_page_for_ever_ends"),
    ("wordpress", reading.swallows_the_end, "check_nonsense_is_no_empty_answer"),
    ("mastodon", reading.stops_at_an_old_post, "check_an_old_post_among_new_ones_ends_nothing"),
    ("facebook", reading.hands_over_at_the_end, "check_what_came_before_an_error_is_kept"),
    ("bluesky", reading.key_by_page, "check_a_post_on_two_pages_is_one"),
    ("threads", reading.key_by_route, "check_keys_are_the_same_by_every_route"),
    ("wordpress", reading.one_key_for_two, "check_keys_are_the_same_by_every_route"),
    ("youtube", items.unknown_is_zero, "check_each_leaf_may_be_missing_or_strange"),
    ("instagram", items.unknown_is_zero, "check_each_leaf_may_be_missing_or_strange"),
    ("bluesky", items.naive_is_utc, "check_strange_times_are_not_believed"),
    ("mastodon", items.naive_is_utc, "check_strange_times_are_not_believed"),
    ("bluesky", items.handle_is_the_account, "check_a_handle_is_not_an_account"),
    ("mastodon", items.accounts_are_left_out, "check_suppressed_people_are_recognised"),
    ("facebook", items.everything_is_public, "check_what_is_not_public_is_marked"),
    ("x", items.others_words_are_kept, "check_nobody_elses_words_are_kept"),
    ("bluesky", items.an_unknown_part_is_fatal, "check_each_leaf_may_be_missing_or_strange"),
    ("wordpress", items.a_bad_neighbour_costs_the_page, "check_a_bad_neighbour_costs_itself"),
    ("threads", items.a_bad_item_vanishes, "check_a_bad_neighbour_costs_itself"),
    ("x", manners.a_token_in_the_log, "check_no_secret_gets_out"),
    ("youtube", manners.a_token_in_an_address, "check_no_secret_gets_out"),
    ("facebook", manners.a_token_in_an_error, "check_no_secret_gets_out"),
    ("mastodon", manners.a_refusal_is_retried, "check_a_refusal_of_access_ends_at_once"),
    ("x", manners.spent_is_taken_for_a_limit, "check_a_spent_quota_ends_at_once"),
    ("bluesky", manners.a_member_costs_all, "check_one_member_costs_that_member"),
    ("youtube", manners.deleted_is_never_told, "check_only_what_is_gone_is_gone"),
    ("bluesky", manners.absent_is_gone, "check_an_empty_answer_is_no_evidence"),
    ("mastodon", manners.acts_with_words, "check_acts_have_no_words"),
    ("bluesky", manners.acts_of_no_time, "check_acts_of_others_are_about_our_posts"),
    ("youtube", manners.forecast_forgets_pages, "check_the_forecast_is_an_upper_bound"),
    ("instagram", manners.a_name_tells_whom, "check_query_names_are_stable_and_tell_nobody"),
    ("x", manners.new_members_keep_the_name, "check_query_names_are_stable_and_tell_nobody"),
)


def defects() -> list[Defect]:
    return [
        Defect(name=change.__name__, platform=platform, check=check, change=change)
        for platform, change, check in DEFECTS
    ]
