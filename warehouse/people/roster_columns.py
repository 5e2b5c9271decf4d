"""The roster's columns: their names, what else they may be called, and what a file's first line must have."""

from __future__ import annotations

import difflib

import regex

from warehouse.errors import RosterError
from warehouse.people import table

PURPOSES = ("collect", "match", "named_in_report", "quote_text", "reuse_image", "contact")
STATES = {"granted": "granted", "yes": "granted", "y": "granted", "true": "granted", "not_asked": "not_asked"}
STATES |= {"refused": "refused", "no": "refused", "n": "refused", "false": "refused", "withdrawn": "withdrawn"}
PLATFORMS = ("bluesky", "facebook", "flickr", "instagram", "mastodon", "threads", "tiktok", "wordpress", "x", "youtube")
PLATFORM_NAMES = {"twitter": "x", "blog": "wordpress", "bsky": "bluesky"}
COLUMNS = (
    "person_id", "name", "aliases", "name_native", "role", "cohort_year", "institution", "programme_country", "iso3",
    "residence_iso3", "timezone", "match_basis", "valid_from", "valid_to", "notes",
)  # fmt: skip
SYNONYMS = {"id": "person_id", "member_id": "person_id", "display_name": "name", "full_name": "name"}
SYNONYMS |= {"alias": "aliases", "native_name": "name_native", "cohort": "cohort_year", "itp_year": "cohort_year"}
SYNONYMS |= {"country": "programme_country", "programme_iso3": "iso3", "country_iso3": "iso3", "tz": "timezone"}
SYNONYMS |= {"residence": "residence_iso3", "residence_country": "residence_iso3", "time_zone": "timezone"}
SYNONYMS |= {"basis": "match_basis", "organisation": "institution", "organization": "institution"}


def header(sheet: table.Table, name: str, problems: list[str], warnings: list[str]) -> list[str]:
    """The known name of each column; '' for one that is not read."""
    if not sheet.lines:
        raise RosterError(f"{name} is empty: its first line must name the columns, at least person_id, name and role.")
    columns = [_named(cell) for cell in sheet.lines[0].cells]
    for needed in ("person_id", "name", "role"):
        if needed not in columns:
            problems.append(f"Line 1: the column {needed} is missing.")
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            problems.append(f"Line 1: the column {column} is there {columns.count(column)} times.")
    unknown = list(dict.fromkeys(column for column in columns if column and not _is_known(column)))
    for column in unknown:
        if close := difflib.get_close_matches(column, [*COLUMNS, *_prefixed()], n=1, cutoff=0.8):
            problems.append(f"Line 1: there is no column {column!r}: is {close[0]} meant?")
    if unknown:
        warnings.append(f"Not read, because a roster has no such column: {', '.join(unknown)}.")
    return [column if _is_known(column) else "" for column in columns]


def _named(cell: str) -> str:
    plain: str = regex.sub(r"[\s-]+", "_", cell.strip().lower())
    prefix, _, platform = plain.partition("_")
    if prefix in ("handle", "id") and platform in PLATFORM_NAMES:
        return f"{prefix}_{PLATFORM_NAMES[platform]}"
    if plain in PLATFORMS or plain in PLATFORM_NAMES:
        return f"handle_{PLATFORM_NAMES.get(plain, plain)}"
    return SYNONYMS.get(plain, plain)


def _is_known(column: str) -> bool:
    return (
        column in COLUMNS
        or column in {f"consent_{purpose}" for purpose in PURPOSES}
        or bool(regex.fullmatch(r"(?:handle|id)_[a-z][a-z0-9_]*", column))
    )


def _prefixed() -> list[str]:
    return [f"consent_{purpose}" for purpose in PURPOSES] + [f"handle_{platform}" for platform in PLATFORMS]
