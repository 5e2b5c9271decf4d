-- Of frozen publications the rows of groups so small that a number is a person: one of them may be of who goes.
delete from metrics.frozen_row as kept
using metrics.frozen_publication as frozen, core.campaign as campaign
where frozen.publication_id = kept.publication_id
  and campaign.campaign = frozen.campaign
  and kept.row ?| array['country_iso3', 'region', 'cohort_year', 'role', 'group_label', 'group_name', 'from_group']
  and coalesce((kept.row ->> 'members')::numeric, (kept.row ->> 'people')::numeric, (kept.row ->> 'observed')::numeric, 0)
    between 1 and campaign.small_group - 1
