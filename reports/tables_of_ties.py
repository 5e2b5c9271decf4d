"""The published tables on who dealt with whom, as the report reads them. A tie is an ordered pair of people."""

from __future__ import annotations

from reports.tables import Measure, Table, count, percent, ratio

PEOPLE = ("reason", "hidden_platforms")


def index(definition: str) -> Measure:
    return Measure(definition=definition, form="index")


def of_hundred(definition: str) -> Measure:
    return Measure(definition=definition, form="of_hundred")


HOMOPHILY = Table(
    name="metrics.metric_homophily",
    prefix="homophily",
    title="Ties within and between groups",
    keys=("population", "attribute", "window_name"),
    labels=(*PEOPLE, "members", "groups", "p_two_sided"),
    order="population, attribute, window_name",
    since_later=True,
    measures={
        "dyads": count(
            "Ties between people whose group is known. Fewer than 20 are too few for the figures after them."
        ),
        "external": count("Ties between two groups."),
        "internal": count("Ties within a group."),
        "ei": index(
            "E-I index: ties between groups less those within, divided by all. Read it beside its expectation only."
        ),
        "expected_ei": index(
            "The E-I index that chance lets expect, if the groups were dealt at random among the people."
        ),
        "permutation_sd": index("Standard deviation of the E-I index over all ways to deal the groups."),
        "z": ratio("E-I less its expectation, in standard deviations: below 0: more within groups than by chance."),
        "p_lower": Measure(definition="Share of random dealings whose E-I is as low or lower.", form="p"),
        "p_upper": Measure(definition="Share of random dealings whose E-I is as high or higher.", form="p"),
        "configuration_ei": index("The E-I index expected if each group kept how many ties it gives and receives."),
        "r": index(
            "Assortativity: 1 if all ties are within groups, 0 if they are as the groups' numbers of ties let expect."
        ),
    },
)

NETWORK = Table(
    name="metrics.metric_network",
    prefix="network",
    title="The network",
    keys=("population", "window_name"),
    labels=(*PEOPLE, "caption"),
    order="population, window_name",
    since_later=True,
    measures={
        "nodes": count("People, also those without a tie."),
        "dyads": count("Ties: ordered pairs of people of whom the first dealt with the second at least once."),
        "isolates": count("People without any tie."),
        "reciprocity": percent("Share of ties that are returned."),
        "density": percent("Ties, divided by all ordered pairs of people."),
        "components": count("Parts of the network that no tie connects; somebody without a tie is a part alone."),
        "largest_share": percent("People in the largest connected part, divided by all."),
    },
)

NEW_TIES = Table(
    name="metrics.metric_new_ties",
    prefix="new_ties",
    title="New ties",
    keys=("population", "attribute"),
    labels=("reason", "sustained_reason"),
    order="population, attribute",
    since_later=True,
    measures={
        "dyads": count("Ties during the campaign."),
        "new_dyads": count("Those that were not there before it."),
        "known_group": count("New ties between people whose group is known."),
        "cross_group": count("New ties between two groups."),
        "cross_share": of_hundred("Share of the new ties that are between two groups."),
        "expected_cross_share": of_hundred(
            "Share of all ordered pairs of people that are of two groups: what chance lets expect."
        ),
        "sustained": count("New ties that are also there after the campaign."),
        "sustained_cross_group": count("Those of them between two groups."),
    },
)

SHARES = Table(
    name="metrics.metric_prepost",
    prefix="cross_share",
    title="Ties between groups, before, during and after",
    keys=("population", "group_type", "group_label", "measure"),
    labels=("reason", "after_reason", "members"),
    order="population, measure",
    only="group_type = 'all' and starts_with(measure, 'cross_share_')",
    since_later=True,
    measures={
        "before": of_hundred(
            "Share of ties that are between two groups, before the campaign, in as many days as it has."
        ),
        "during": of_hundred("The same during it, of the same people."),
        "after": of_hundred("The same after it, in as many days."),
        "difference": of_hundred("During less before."),
        "ci_low": of_hundred("Lower end of the difference's 95 % interval: people drawn with replacement."),
        "ci_high": of_hundred("Upper end of the difference's 95 % interval."),
        "p_rise": Measure(definition="How often shuffled windows show as large a rise.", form="p"),
    },
)

AMOUNTS = Table(
    name="metrics.metric_prepost",
    prefix="amounts",
    title="How much people dealt with each other",
    keys=("population", "group_type", "group_label", "measure"),
    labels=("reason", "after_reason", "members"),
    order="population, measure",
    only="group_type = 'all' and measure in ('acts', 'dyads')",
    since_later=True,
    measures={
        "before": ratio("Acts, or ties (`dyads`), per 28 days before the campaign, among the same people."),
        "during": ratio("The same during it, of the days of grace too; once they are over."),
        "after": ratio("The same after it, once as many days are over."),
    },
)
