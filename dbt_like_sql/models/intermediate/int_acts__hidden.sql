with campaign as (
    select * from {{ ref('stg_campaign') }}
),

hidden as (
    select * from {{ ref('stg_hidden_acts') }}
),

asked as (
    select distinct platform from {{ ref('stg_interaction_coverage') }} where state = 'complete'
),

never_asked as (
    select platforms.platform, acts.act
    from campaign
    cross join lateral unnest(campaign.platforms) as platforms (platform)
    cross join (values ('reply'), ('quote'), ('repost'), ('mention'), ('comment')) as acts (act)
    where platforms.platform not in (select platform from asked)
        and (platforms.platform, acts.act) not in (select platform, act from hidden)
)

select platform, act, reason from hidden
union all
select
    platform,
    act,
    'No query has read it here: known is what clerks wrote down and what the collected posts say themselves.' as reason
from never_asked
