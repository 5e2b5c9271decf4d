"""What the questions of a sign-up form ask, told from their words: forms are worded by people, each time anew.

`docs/sheets.md` gives a wording that is understood for certain. A question that fits nothing is not read and named; one
that fits two things is refused, because a consent must not be guessed.
"""

from __future__ import annotations

import regex

PERSON_ID, NAME, TIMEZONE = "person_id", "name", "timezone"

FIXED = (
    (PERSON_ID, r"^(person|member|programme|program) ?_?id\b"),
    (TIMEZONE, r"\btime ?zone\b"),
)
CONSENTS = (
    ("consent_collect", r"\b(collect|gather|count)\w*\b"),
    ("consent_match", r"\b(match|recogni[sz]e|link|connect)\w*\b.*\b(account|handle|post|me)s?\b"),
    ("consent_named_in_report", r"\bnamed?\b.*\b(report|publish|publication)|\b(report|publication)\w*\b.*\bname"),
    ("consent_quote_text", r"\bquot\w*\b"),
    ("consent_reuse_image", r"\b(image|photo|picture)s?\b"),
    ("consent_contact", r"\bcontact\b"),
)
ASKS_FOR_LEAVE = (
    r"\b(may|can|could) we\b|\bdo you (agree|consent|allow)|\bi (agree|consent|allow)\b|\bconsent\b|\bpermission\b"
)
PLATFORMS = (
    ("bluesky", r"\b(bluesky|bsky)\b"),
    ("facebook", r"\bfacebook\b"),
    ("flickr", r"\bflickr\b"),
    ("instagram", r"\binstagram\b"),
    ("mastodon", r"\bmastodon\b"),
    ("threads", r"\bthreads\b"),
    ("tiktok", r"\btik ?tok\b"),
    ("wordpress", r"\b(blog|wordpress)\b"),
    ("x", r"\b(twitter|x (handle|account|name|user ?name)|x)\b"),
    ("youtube", r"\byou ?tube\b"),
)
NAMED = r"^(please )?(tell us |enter |give |write )?(what(['’]s| is) )?(your |the |full |first and last )*name\b"
FORMS_OWN = {
    "timestamp",
    "id",
    "start time",
    "completion time",
    "last modified time",
    "email",
    "email address",
    "score",
}
"""Columns that Google's and Microsoft's forms add by themselves. Microsoft's `Name` is the account's, often blank."""
STAMPED = {"timestamp", "completion time"}
"""Those that every form's export has and no roster."""


def meaning(question: str) -> str | list[str] | None:
    """The roster's column that a question fills; the candidates if there are several; None if it fits none."""
    asked = " ".join(question.casefold().split())
    if asked in FORMS_OWN:
        return None
    for column, pattern in FIXED:
        if regex.search(pattern, asked):
            return column
    if regex.search(ASKS_FOR_LEAVE, asked):
        return _one([column for column, pattern in CONSENTS if regex.search(pattern, asked)])
    platforms = [f"handle_{platform}" for platform, pattern in PLATFORMS if regex.search(pattern, asked)]
    if platforms:
        return _one(platforms)
    return NAME if regex.search(NAMED, asked) else None


def _one(found: list[str]) -> str | list[str] | None:
    return found[0] if len(found) == 1 else found or None


def answer(cell: str) -> str | None:
    """`granted`, `refused`, or None for an answer that is neither. A ticked box holds its own words."""
    said = cell.strip().casefold()
    if regex.match(r"(no\b|n$|i (do not|don['’]t|disagree|refuse)|false$)", said):
        return "refused"
    return "granted" if regex.match(r"(yes\b|y$|i (agree|consent|allow|accept)\b|true$|ok\b)", said) else None
