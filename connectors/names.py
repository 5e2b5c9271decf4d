"""Authors of whom a file tells the name that they bore, and no id that another route would tell too.

The numbers of Instagram's web site are not those of its API, and some forms tell no number at all. Such an author is
known by name, like one that a clerk wrote down: it is whose the name was at the time, and nothing is learnt from it.
"""

from __future__ import annotations


def by_name(handle: str) -> str:
    """What stands for the account's id."""
    return f"hand:{handle}"
