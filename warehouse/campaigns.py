"""The campaign's file, copied into the warehouse, so that what was built can be read without the file."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Connection, text

from warehouse.campaign import Campaign

COLUMNS = (
    *("title", "hashtags", "starts_on", "ends_on", "zone", "grace_days", "programme_years", "organisers"),
    *("platforms", "spam", "on_behalf_phrases", "small_group"),
)
_NAMES = ", ".join(COLUMNS)

CAMPAIGN = text(f"""
insert into core.campaign as known (campaign, {_NAMES}, judged_by)
values (
  :campaign, :title, :hashtags, :starts_on, :ends_on, :zone, :grace_days, :programme_years, cast(:organisers as jsonb),
  :platforms, cast(:spam as jsonb), :on_behalf_phrases, :small_group, :hashtags
)
on conflict (campaign) do update set
  ({_NAMES}) = ({", ".join(f"excluded.{name}" for name in COLUMNS)}),
  (judged_by, is_judged) = (
    select
      case
        when not is_held then excluded.hashtags
        else array(select distinct unnest(known.judged_by || excluded.hashtags) order by 1)
      end,
      not is_held or known.is_judged and known.hashtags <@ excluded.hashtags and excluded.hashtags <@ known.hashtags
    from (select exists (select from core.item where item.campaign = known.campaign) as is_held) as warehouse
  )
where ({", ".join(f"known.{name}" for name in COLUMNS)})
   is distinct from ({", ".join(f"excluded.{name}" for name in COLUMNS)})
""")

PROMPTS = text("""
insert into core.prompt as known (campaign, day, label, keywords)
select :campaign, day, label, array(select jsonb_array_elements_text(keywords))
from jsonb_to_recordset(cast(:prompts as jsonb)) as given (day int, label text, keywords jsonb)
order by day
on conflict (campaign, day) do update set label = excluded.label, keywords = excluded.keywords
where (known.label, known.keywords) is distinct from (excluded.label, excluded.keywords)
""")

JUDGED = text("""
update core.campaign
set judged_by = :hashtags, is_judged = hashtags <@ cast(:hashtags as text[]) and cast(:hashtags as text[]) <@ hashtags
where campaign = :campaign
""")

FORGOTTEN = text("delete from core.prompt where campaign = :campaign and day <> all(cast(:days as int[]))")


def sync(connection: Connection, campaign: Campaign) -> None:
    """Make the warehouse's copy equal to the file; touches only what differs."""
    connection.execute(
        CAMPAIGN,
        {
            "campaign": campaign.name,
            "title": campaign.title,
            "hashtags": list(campaign.hashtags),
            "starts_on": campaign.starts_on,
            "ends_on": campaign.ends_on,
            "zone": campaign.zone.key,
            "grace_days": campaign.grace_days,
            "programme_years": list(campaign.programme_years) or None,
            "organisers": json.dumps({platform: list(handles) for platform, handles in campaign.organisers.items()}),
            "platforms": list(campaign.platforms),
            "spam": json.dumps(asdict(campaign.spam)),
            "on_behalf_phrases": list(campaign.on_behalf_phrases),
            "small_group": campaign.small_group,
        },
    )
    prompts = [{"day": prompt.day, "label": prompt.label, "keywords": prompt.keywords} for prompt in campaign.prompts]
    connection.execute(PROMPTS, {"campaign": campaign.name, "prompts": json.dumps(prompts)})
    connection.execute(FORGOTTEN, {"campaign": campaign.name, "days": [prompt.day for prompt in campaign.prompts]})


def judged(connection: Connection, campaign: Campaign) -> None:
    """What is held of the campaign and can be read again was judged by these hashtags alone."""
    connection.execute(JUDGED, {"campaign": campaign.name, "hashtags": list(campaign.hashtags)})
