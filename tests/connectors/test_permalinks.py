"""One post has one key, however its address is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.permalinks import clean, known_host, permalink

TOOT = "https://social.example/users/ana/statuses/116001234567890123"


@pytest.mark.parametrize(
    ("url", "platform", "key"),
    [
        ("https://x.com/ana/status/1458000000000000001", "x", "1458000000000000001"),
        ("https://twitter.com/ana/status/1458000000000000001?s=20&t=abc", "x", "1458000000000000001"),
        ("http://mobile.twitter.com/ana/status/1458000000000000001/photo/1", "x", "1458000000000000001"),
        ("https://vxtwitter.com/i/web/status/1458000000000000001", "x", "1458000000000000001"),
        ("https://www.instagram.com/p/CaB-c_D/?igsh=xyz", "instagram", "CaB-c_D"),
        ("https://instagram.com/ana.museum/reel/CaB-c_D/", "instagram", "CaB-c_D"),
        ("https://www.instagram.com/p/CaB-c_D/c/17998/", "instagram", "CaB-c_D_17998"),
        ("https://www.facebook.com/groups/our/posts/123456/?comment_id=789", "facebook", "123456_789"),
        ("https://www.facebook.com/groups/our/posts/123456/?comment_id=7&reply_comment_id=9", "facebook", "123456_9"),
        ("https://www.instagram.com/tv/CaB-c_D", "instagram", "CaB-c_D"),
        ("https://www.threads.net/@ana/post/CaB-c_D", "threads", "CaB-c_D"),
        ("https://www.threads.com/@ana/post/CaB-c_D?xmt=1", "threads", "CaB-c_D"),
        ("https://bsky.app/profile/did:plc:abc/post/3kxyz", "bluesky", "at://did:plc:abc/app.bsky.feed.post/3kxyz"),
        ("https://bsky.app/profile/ana.example/post/3kxyz", "bluesky", "at://ana.example/app.bsky.feed.post/3kxyz"),
        ("https://social.example/@ana/116001234567890123", "mastodon", TOOT),
        (TOOT, "mastodon", TOOT),
        ("https://m.social.example/@ana/11600123", "mastodon", "https://m.social.example/users/ana/statuses/11600123"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s", "youtube", "dQw4w9WgXcQ"),
        ("https://music.youtube.com/watch?v=dQw4w9WgXcQ&si=1", "youtube", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=1", "youtube", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        ("https://www.tiktok.com/@ana/video/7300000000000000001?is_from_webapp=1", "tiktok", "7300000000000000001"),
        ("https://www.tiktok.com/@ana/photo/7300000000000000001", "tiktok", "7300000000000000001"),
        ("https://www.threads.net/t/CaB-c_D/", "threads", "CaB-c_D"),
        ("https://fxtwitter.com/ana/status/1458000000000000001/en", "x", "1458000000000000001"),
        ("https://www.facebook.com/groups/123456/permalink/987654/", "facebook", "987654"),
        ("https://m.facebook.com/groups/our.group/posts/987654/?mibextid=x", "facebook", "987654"),
        ("https://www.instagram.com/p/CaB-c_D/c/1789/", "instagram", "CaB-c_D_1789"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ugx-1.2", "youtube", "dQw4w9WgXcQ_Ugx-1.2"),
        ("https://www.facebook.com/permalink.php?story_fbid=987654&id=1", "facebook", "987654"),
        ("https://www.facebook.com/ana.museum/posts/pfbid02AbC", "facebook", "pfbid02AbC"),
        ("https://www.facebook.com/share/p/1AbCdEf/", "facebook", "share/p/1AbCdEf"),
    ],
)
def test_an_address_gives_the_platforms_own_key(url: str, platform: str, key: str) -> None:
    """Hosts, routes and tracking parameters differ; the key does not."""
    assert permalink(url) == (platform, key)


def test_a_copy_on_another_server_keeps_that_servers_address() -> None:
    """Its `uri` cannot be told from the address, and is not guessed."""
    url = "https://other.example/@ana@social.example/116009999"
    assert permalink(url) == ("mastodon", url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not an address",
        "javascript:alert(1)",
        "https://x.com/ana",
        "https://www.instagram.com/share/p/BAOsomething",
        "https://www.instagram.com/share/reel/BAOsomething/",
        "https://www.instagram.com/stories/ana/3597631270905977008/",
        "https://vm.tiktok.com/ZMabc123/",
        "https://x.com/ana/status/12e5",
        "https://www.facebook.com/groups/our.group",
        "https://blog.example/2026/02/day-3",
        "https://medium.example/@ana/my-long-title-of-a-story",
        "https://[broken/",
        "https://x.com/ana/status/1 2",
    ],
)
def test_what_is_no_posts_address_has_no_key(url: str) -> None:
    """A group's or profile's address never stands for a post."""
    assert permalink(url) is None


def test_tracking_parameters_are_cut_off_and_others_stay() -> None:
    """What tells one page from another stays."""
    url = "https://Blog.Example/a?p=12&utm_source=x&fbclid=1#top"
    assert clean(url) == "https://blog.example/a?p=12"
    assert clean("javascript:alert(1)") is None


def test_big_platforms_hosts_are_known() -> None:
    """With or without the prefixes of their mobile sites."""
    assert known_host("https://m.facebook.com/groups/x")
    assert not known_host("https://facebook.com.evil.example/groups/x/posts/12345")


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    """People paste anything into a cell."""
    for address in (text, f"https://{text}"):
        found = permalink(address)
        assert found is None or (found.platform and found.key)
    assert (clean(f"https://x.com/{text}") or "https://").startswith("https://")


@given(st.from_regex(r"[0-9]{1,19}", fullmatch=True), st.sampled_from(["x.com", "twitter.com", "mobile.twitter.com"]))
def test_every_way_to_write_a_post_of_x_is_the_same_post(number: str, host: str) -> None:
    """The key is the number, whatever surrounds it."""
    assert permalink(f"https://{host}/someone/status/{number}?utm_source=a&s=20") == ("x", number)
