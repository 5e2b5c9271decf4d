"""Lines as Zeeschuimer writes them: an object of each platform, and the envelope around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.records import Post, RawItem, Rejected

IMPORTED = datetime(2026, 3, 1, tzinfo=UTC)
SEEN = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
POSTED = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
EPOCH = int(POSTED.timestamp())
Read = Callable[[Path], tuple[list[tuple[RawItem, Post]], list[Rejected]]]

INSTAGRAM: dict[str, Any] = {
    "pk": "3597631270905977008",
    "id": "3597631270905977008_16278726",
    "code": "DHtWpRvMBiw",
    "taken_at": EPOCH,
    "media_type": 8,
    "carousel_media": [{"media_type": 1}, {"media_type": 2}],
    "caption": {"text": "Day 3 #Lanterns7 with @bo.two"},
    "user": {"pk": "77", "username": "Ana.Museum", "full_name": "Ana", "is_private": False},
    "like_count": 12,
    "like_and_view_counts_disabled": False,
    "comment_count": 3,
    "comments": [{"text": "a stranger's words", "user": {"username": "stranger"}}],
    "usertags": {"in": [{"user": {"username": "Cleo", "full_name": "Cleo Full"}, "position": [0, 1]}]},
}
GRAPH: dict[str, Any] = {
    "__typename": "GraphVideo",
    "shortcode": "CaBcDeFgHiJ",
    "taken_at_timestamp": EPOCH,
    "edge_media_to_caption": {"edges": [{"node": {"text": "old shape #Lanterns7"}}]},
    "owner": {"id": "78", "username": "bo"},
    "edge_media_preview_like": {"count": -1, "edges": [{"node": {"username": "stranger"}}]},
    "edge_media_to_comment": {"count": 2, "edges": [{"node": {"text": "a stranger's words"}}]},
    "video_view_count": 40,
}
POLARIS: dict[str, Any] = {
    "__typename": "XIGPolarisVideoMedia",
    "_zs_partial": True,
    "pk": "3597631270905977008",
    "code": "DHtWpRvMBiw",
    "caption": {"text": "Day 3 #Lanterns7"},
    "user": {"pk": "77", "username": "ana.museum"},
}
X: dict[str, Any] = {
    "rest_id": "2001",
    "core": {"user_results": {"result": {"rest_id": "88", "core": {"screen_name": "Ana", "name": "Ana A"}}}},
    "views": {"count": "210", "state": "EnabledWithCount"},
    "edit_control": {"edit_tweet_ids": ["2000", "2001"]},
    "legacy": {
        "created_at": "Tue Feb 03 08:00:00 +0000 2026",
        "full_text": "Day 3 &amp; #Lanterns7 cut …",
        "conversation_id_str": "2000",
        "user_id_str": "88",
        "favorite_count": 4,
        "retweet_count": 1,
        "reply_count": 0,
        "quote_count": 2,
        "lang": "en",
        "entities": {"hashtags": [{"text": "Lanterns7"}], "user_mentions": [{"screen_name": "Bo"}], "urls": []},
        "extended_entities": {"media": [{"id_str": "5", "type": "photo"}]},
    },
    "quoted_status_result": {
        "result": {
            "rest_id": "1500",
            "legacy": {"full_text": "a stranger's words", "user_id_str": "99"},
            "core": {"user_results": {"result": {"rest_id": "99", "core": {"screen_name": "stranger"}}}},
        }
    },
}
THREADS: dict[str, Any] = {
    "pk": "3597631270905977008",
    "code": "DHtWpRvMBiw",
    "taken_at": EPOCH,
    "caption": {"text": "Day 3 #Lanterns7"},
    "user": {"pk": "66", "username": "ana"},
    "like_count": 5,
    "text_post_app_info": {
        "direct_reply_count": 1,
        "repost_count": 2,
        "quote_count": 3,
        "tag_header": {"display_name": "Lanterns7Extra"},
        "share_info": {
            "quoted_post": {"code": "Cquoted1234", "caption": {"text": "a stranger's words"}, "user": {"pk": "9"}}
        },
    },
}
TIKTOK: dict[str, Any] = {
    "id": "7300000000000000001",
    "createTime": EPOCH,
    "desc": "Day 3 #lanterns7",
    "author": {"id": "55", "uniqueId": "Ana.Tok", "nickname": "Ana"},
    "stats": {"diggCount": 7, "commentCount": 1, "shareCount": 2, "playCount": 90},
    "textExtra": [{"hashtagName": "lanterns7"}, {"hashtagName": "", "userUniqueId": "bo"}],
    "challenges": [{"title": "Lanterns7"}],
}


def line(data: dict[str, Any], host: str, **more: object) -> str:
    envelope = {
        "nav_index": "12:3:0",
        "item_id": data.get("code", "1"),
        "timestamp_collected": int(SEEN.timestamp() * 1000),
        "source_platform": host,
        "source_platform_url": f"https://www.{host}/explore/",
        "source_url": "https://secret.example/?token=planted-secret",
        "user_agent": "the browser of somebody",
        "data": data,
    }
    return json.dumps(envelope | more)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "saved.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
