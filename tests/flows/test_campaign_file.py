"""The campaign file: read with care, refused in sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.options import EVERYWHERE, OPTIONS
from flows import campaign_file
from flows.errors import CampaignError
from flows.settings import Settings
from flows.steps.init import CAMPAIGN_TEMPLATE

GOOD = """\
name = "spring"
title = "#Spring"
hashtags = ["Spring27", "ＳＰＲＩＮＧ27", "Sprnig27"]
starts_on = 2027-02-01
ends_on = 2027-02-28
zone = "Europe/London"
[[prompts]]
day = 1
label = "A door"
[organisers]
x = ["@Museum"]
[platforms.mastodon]
instances = ["https://social.example"]
[platforms.x]
"""
BLOG = '[platforms.wordpress]\nsites = ["https://a.example"]\n[blog]\nsince = 2026-01-01\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, campaign_folders=(tmp_path / "here", tmp_path / "campaigns"))


def written(settings: Settings, text: str, name: str = "spring", folder: int = 0) -> Path:
    path = settings.campaign_folders[folder] / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_campaign_is_read_as_it_is_meant(settings: Settings) -> None:
    """Hashtags and handles are normalised, variants that are the same tag are one, bounds reach around the earth."""
    written(settings, GOOD)
    campaign = campaign_file.find(settings)
    assert campaign.hashtags == ("spring27", "sprnig27")
    assert campaign.organisers == {"x": ("museum",)}
    assert campaign.days == 28
    assert campaign.starts_on == date(2027, 2, 1)
    assert campaign.opens_at == datetime(2027, 1, 31, 10, tzinfo=UTC)
    assert campaign.closes_at == datetime(2027, 3, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('zone = "Europe/London"', 'zone = "London"', "time zone database"),
        ('instances = ["https://social.example"]', 'instances = "https://social.example"', "list of addresses"),
        ('["https://social.example"]', '[{domain = "social.example"}]', "list of addresses"),
        ("ends_on = 2027-02-28", "ends_on = 2027-01-28", "before starts_on"),
        ('hashtags = ["Spring27"', 'hashtags = ["#"', "no hashtag that a platform would mark"),
        ('hashtags = ["Spring27"', 'hashtags = ["spring-27"', "no hashtag that a platform would mark"),
        ('hashtags = ["Spring27", "ＳＰＲＩＮＧ27", "Sprnig27"]', "hashtags = []", "at least one hashtag"),
        ("[platforms.mastodon]", "[platforms.mastadon]", "is mastodon meant"),
        ("[platforms.x]", "[platforms.x]\nmember = true", r"has no option member: is members meant\?"),
        ("[platforms.x]", "[platforms.x]\nzebra = 1", "has no option zebra: there are archive"),
        ("[platforms.x]", '[platforms.x]\narchive = "no"', "archive must be true or false"),
        ("[platforms.x]", "[platforms.x]\nbudget = {usd = -1}", "usd must be an amount"),
        ("https://social.example", "https://me:secret@social.example", "a login in it"),
        ('title = "#Spring"', 'title = "#Spring"\nsmall_group = 2', "small_group must be between 3 and 100"),
        ('title = "#Spring"', 'title = "#Spring"\ndaily_at = "6:15"', 'daily_at = "6:15" is no time of day'),
        ('title = "#Spring"', 'title = "#Spring"\ndaily_at = "24:00"', "no time of day"),
        ("[platforms.x]", "[blog]\nsince = 2026-01-01", r"add a table \[platforms.wordpress\]"),
        ("[platforms.x]", "[platforms.wordpress]\n[blog]\nsince = 2026-01-01", "does not say which blog"),
        ("[platforms.x]", f'{BLOG}sites = ["https://me:secret@blog.example"]', "a login in it"),
        ("[platforms.x]", f'{BLOG}sites = [{{api = "https://blog.example"}}]', "list of addresses"),
        ("[platforms.x]", f'{BLOG}sites = "https://blog.example"', "blog.sites"),
        ("[platforms.x]", f'{BLOG}bylines = [" "]', "holds an empty entry"),
        ("[platforms.x]", f'{BLOG}byline = ["by"]', "byline"),
        ("[platforms.x]", '[platforms.wordpress]\nsites = ["b.example"]\n[blog]', "since"),
        ("day = 1", "day = 29", "outside the campaign"),
        ('label = "A door"', 'label = "A door"\n[[prompts]]\nday = 1', "given twice"),
        ("starts_on = 2027-02-01", 'starts_on = "first of February"', "starts_on"),
        ('title = "#Spring"', 'title = "#Spring"\nhashtag = "x"', "hashtag"),
        ('name = "spring"', 'name = "autumn"', "its own name|file's own name"),
        ('title = "#Spring"', "title = ", "not a campaign file"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place(settings: Settings, old: str, new: str, sentence: str) -> None:
    """The file's name and the trouble stand in the sentence."""
    path = written(settings, GOOD.replace(old, new, 1))
    with pytest.raises(CampaignError, match=sentence) as refusal:
        campaign_file.find(settings, "spring")
    assert str(path) in str(refusal.value)


def test_the_programmes_blog_is_where_the_campaign_is_read_unless_the_file_says_otherwise(settings: Settings) -> None:
    """And another server in its place is its place too."""
    written(settings, GOOD.replace("[platforms.x]", BLOG))
    blog = campaign_file.find(settings).blog
    assert blog is not None
    assert (blog.sites, blog.since, blog.byline_phrases) == (("https://a.example",), date(2026, 1, 1), ())
    written(settings, GOOD.replace("[platforms.x]", f'{BLOG}sites = ["https://b.example"]\nbylines = ["Ecrit par"]'))
    blog = campaign_file.find(settings).blog
    assert blog is not None
    assert (blog.sites, blog.byline_phrases) == (("https://b.example",), ("Ecrit par",))
    elsewhere = campaign_file.find(replace(settings, base_urls={"wordpress": ("http://c",)})).blog
    assert elsewhere is not None
    assert elsewhere.sites == ("http://c",)


def test_with_several_campaigns_one_must_be_named(settings: Settings) -> None:
    """The sentence lists what there is."""
    written(settings, GOOD)
    written(settings, GOOD.replace('"spring"', '"autumn"'), name="autumn", folder=1)
    with pytest.raises(CampaignError, match="autumn, spring"):
        campaign_file.find(settings)
    assert campaign_file.find(settings, "autumn").name == "autumn"


def test_without_a_name_the_only_campaign_that_is_not_over_is_meant(settings: Settings) -> None:
    """Last year's file does not make this year's commands longer."""
    over = GOOD.replace('"spring"', '"autumn"').replace("2027-", "2021-")
    written(settings, GOOD.replace("2027-", "2099-"))
    written(settings, over, name="autumn", folder=1)
    assert campaign_file.find(settings).name == "spring"


def test_the_next_campaign_does_not_stop_the_commands_of_the_one_that_is_on(settings: Settings) -> None:
    """Whoever writes its file early need not change a line of cron; of several that are on, one must be named."""
    today = datetime.now(UTC).date()
    on = re.sub("(starts_on|ends_on) = .*", rf"\1 = {today}", GOOD).replace('"spring"', '"today"')
    written(settings, on, name="today")
    written(settings, GOOD.replace("2027-", "2021-").replace('"spring"', '"past"'), name="past")
    written(settings, GOOD.replace("2027-", "2099-"))
    assert campaign_file.find(settings).name == "today"
    written(settings, on.replace('"today"', '"tonight"'), name="tonight")
    with pytest.raises(CampaignError, match="there are today, tonight"):
        campaign_file.find(settings)


def test_a_campaign_that_is_not_there_is_a_sentence(settings: Settings) -> None:
    """With what to do about it."""
    with pytest.raises(CampaignError, match="rollcall init winter"):
        campaign_file.find(settings, "winter")


def test_the_environment_replaces_base_urls(tmp_path: Path) -> None:
    """For Mastodon the list of instances, for X the one address; platforms that are not in the file stay out."""
    settings = Settings(
        home=tmp_path,
        campaign_folders=(tmp_path,),
        base_urls={"mastodon": ("http://a", "http://b"), "x": ("http://c",), "wordpress": ("http://d",)},
    )
    written(settings, GOOD)
    platforms = campaign_file.find(settings).platforms
    assert platforms == {"mastodon": {"instances": ["http://a", "http://b"]}, "x": {"base_url": "http://c"}}


def test_the_template_and_the_shipped_campaign_can_be_read(settings: Settings) -> None:
    """What `init` writes, and what ships, are campaigns."""
    written(settings, CAMPAIGN_TEMPLATE.format(name="spring", tag="Spring", tags='["Spring"]'))
    assert campaign_file.find(settings, "spring").days == 28
    assert campaign_file.read(Path(__file__).parents[2] / "campaigns" / "itp28.toml").starts_on == date(2021, 2, 1)


def test_every_option_that_is_read_is_known_and_documented() -> None:
    """What the connectors look up in their tables is what a campaign file may say, and docs/settings.md names it."""
    root = Path(__file__).parents[2]
    looked_up = re.compile(r"""options(?:\.get\(|\[)["'](\w+)""")
    read = {name for path in (root / "connectors").glob("*.py") for name in looked_up.findall(path.read_text("utf-8"))}
    known = {name for names in OPTIONS.values() for name in names}
    assert read | {"token_instance"} == known
    settings_page = (root / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in sorted(known | EVERYWHERE) if not re.search(rf"`[^`]*\b{name}\b", settings_page)] == []
