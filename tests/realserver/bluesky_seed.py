"""Posts by 20 accounts over 28 days, through the network's own API. Usage: python bluesky_seed.py PDS_URL NUMBER

Prints the accounts and, of each post, its uri and how it bears #ITP28: `marked` by a facet, `beside` the text only, or
not at all: `look-alike`, `plain` word. A third each is written #ITP28, #itp28 and #Itp28.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

PDS, NUMBER = sys.argv[1], int(sys.argv[2])
PASSWORD = "loopback only"
TAG = "app.bsky.richtext.facet#tag"
START = datetime(2021, 2, 1, 9, tzinfo=UTC)
KINDS = ("marked",) * 7 + ("beside", "look-alike", "plain")
chance = random.Random(28)
session = requests.Session()


def call(method: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = session.post(f"{PDS}/xrpc/{method}", json=body, headers=headers, timeout=60)
    if not answer.ok:
        sys.exit(f"{method}: {answer.status_code} {answer.text}")
    read: dict[str, Any] = answer.json()
    return read


def written(account: dict[str, Any], collection: str, record: dict[str, Any]) -> dict[str, Any]:
    whole = {"repo": account["did"], "collection": collection, "record": {"$type": collection, **record}}
    return call("com.atproto.repo.createRecord", whole, account["accessJwt"])


def marked(text: str, tag: str) -> list[dict[str, Any]]:
    start = len(text[: text.index(f"#{tag}")].encode())
    index = {"byteStart": start, "byteEnd": start + len(tag.encode()) + 1}
    return [{"index": index, "features": [{"$type": TAG, "tag": tag}]}]


def record_of(number: int, kind: str) -> dict[str, Any]:
    day = number % 28
    when = (START + timedelta(days=day, minutes=number)).isoformat().replace("+00:00", "Z")
    tag = ("ITP28", "itp28", "Itp28")[number % 3]
    opening = f"Day {day + 1}: museum 🏛️ memory {number}"
    match kind:
        case "marked":
            text = f"{opening} #{tag} & friends"
            return {"text": text, "createdAt": when, "langs": ["en"], "facets": marked(text, tag)}
        case "beside":
            return {"text": opening, "createdAt": when, "tags": [tag]}
        case "look-alike":
            text = f"{opening} #{tag}extra"
            return {"text": text, "createdAt": when, "facets": marked(text, f"{tag}extra")}
        case _:
            return {"text": f"{opening} {tag}", "createdAt": when}


def account_of(number: int) -> dict[str, Any]:
    handle = f"fellow{number:02d}.test"
    given = {"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD}
    return {**call("com.atproto.server.createAccount", given), "handle": handle}


accounts = [account_of(number) for number in range(20)]
posts: list[dict[str, Any]] = []
for number in range(NUMBER):
    kind, author = KINDS[number % 10], chance.choice(accounts)
    record = record_of(number, kind)
    if number % 10 == 5:
        answered = {"uri": posts[number // 2]["uri"], "cid": posts[number // 2]["cid"]}
        record["reply"] = {"root": answered, "parent": answered}
    made = written(author, "app.bsky.feed.post", record)
    posts.append({"uri": made["uri"], "cid": made["cid"], "kind": kind, "did": author["did"], "likes": 0, "reposts": 0})
for post in chance.sample(posts, 30):
    for account in chance.sample(accounts, 2):
        subject = {"subject": {"uri": post["uri"], "cid": post["cid"]}, "createdAt": "2021-03-01T00:00:00Z"}
        written(account, "app.bsky.feed.like", subject)
        post["likes"] += 1
for post in chance.sample(posts, 20):
    subject = {"subject": {"uri": post["uri"], "cid": post["cid"]}, "createdAt": "2021-03-01T00:00:00Z"}
    written(chance.choice(accounts), "app.bsky.feed.repost", subject)
    post["reposts"] += 1
kept = [{name: account[name] for name in ("did", "handle", "accessJwt")} for account in accounts]
sys.stdout.write(json.dumps({"accounts": kept, "password": PASSWORD, "posts": posts}))
