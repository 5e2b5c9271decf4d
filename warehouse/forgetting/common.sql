-- Words that somebody's name or handle may be, and that are everybody's: they are no trace of anybody.
select unnest(array[iso3, iso2, name_en, m49_region, m49_subregion, m49_intermediate]) from people.country_ref
union
select label from people.programme_country_map
union
select unnest(hashtags || platforms || array[campaign, title, zone]) from core.campaign
union
select unnest(keywords || array[label]) from core.prompt
union
select unnest(array[role, institution]) from people.person_role
union
select distinct platform from raw.page
