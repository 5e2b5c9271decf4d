with told as (
    select * from {{ ref('int_interactions__told') }}
),

items as (
    select
        items.platform,
        items.post_id,
        items.account_id,
        items.created_at,
        attributed.person_id,
        attributed.is_on_behalf,
        -- as int_items__classified has it
        organisers.account_id is not null and not attributed.is_on_behalf and attributed.match_rule is distinct from 'reviewer'
            as is_organiser,
        coalesce(classified.exclusion_reason in ('not_public', 'deleted', 'spam_or_collision', 'excluded_by_review'), false)
            as is_out
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__attributed') }} as attributed using (platform, post_id)
    inner join {{ ref('int_items__classified') }} as classified using (platform, post_id)
    left join {{ ref('int_accounts__organisers') }} as organisers
        on items.platform = organisers.platform and items.account_id = organisers.account_id
),

owned as (
    select * from {{ ref('int_accounts__owned') }}
),

held as (
    select * from {{ ref('int_handles__held') }}
),

-- the organiser by every name under which it acts or is addressed
organisers as (
    select platform, account_id as name from {{ ref('int_accounts__organisers') }}
    union
    select listed.platform, names.prefix || lower(handle) as name
    from {{ ref('stg_campaign') }} as campaign
    cross join lateral jsonb_each(campaign.organisers) as listed (platform, handles)
    cross join lateral jsonb_array_elements_text(listed.handles) as handle
    cross join (values (''), ('hand:')) as names (prefix)
),

institutions as (
    select distinct person_id from {{ ref('stg_person_roles') }} where role = 'institution'
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

timed as (
    select
        told.*,
        done.post_id is not null as is_item,
        done.person_id as done_by,
        done.is_organiser as is_done_by_organiser,
        about.post_id is not null as is_about_item,
        about.account_id as about_account,
        about.person_id as about_person,
        about.is_on_behalf as is_about_on_behalf,
        about.is_organiser as is_about_organiser,
        coalesce(told.acted_at, about.created_at) as at,
        coalesce(told.acted_at, about.created_at, told.observed_at) as known_at,
        about.post_id is not null and (
            told.target_account is null
            or told.target_account = about.account_id
            or told.is_by_hand and about.is_on_behalf
        ) as is_to_author
    from told
    left join items as done on told.platform = done.platform and told.by_post = done.post_id
    left join items as about on told.platform = about.platform and told.about_post = about.post_id
    where not coalesce(done.is_out, false)
),

matched as (
    select
        timed.platform,
        timed.interaction_id,
        timed.act,
        timed.by_post,
        timed.at,
        timed.is_item,
        timed.is_about_item,
        case when timed.is_item then timed.done_by else actors.person_id end as source_person,
        case
            when timed.is_to_author then timed.about_person
            when timed.target_account is not null
                then coalesce(
                    targets.person_id,
                    case when timed.is_by_hand or timed.about_account is null then timed.about_person end
                )
            else held.person_id
        end as target_person,
        case when timed.is_item then timed.is_done_by_organiser else acting.name is not null end as is_by_organiser,
        case
            when timed.is_to_author then timed.is_about_organiser
            when timed.target_account is not null then addressed.name is not null
            else named.name is not null
        end as is_to_organiser
    from timed
    left join owned as actors
        on timed.platform = actors.platform
        and timed.actor_account = actors.account_id
        and timed.known_at >= actors.valid_from
        and timed.known_at < actors.valid_to
    left join owned as targets
        on timed.platform = targets.platform
        and timed.target_account = targets.account_id
        and timed.known_at >= targets.valid_from
        and timed.known_at < targets.valid_to
    left join held
        on timed.platform = held.platform
        and timed.target_handle = held.handle
        and timed.known_at >= held.valid_from
        and timed.known_at < held.valid_to
    left join organisers as acting on timed.platform = acting.platform and timed.actor_account = acting.name
    left join organisers as addressed on timed.platform = addressed.platform and timed.target_account = addressed.name
    left join organisers as named on timed.platform = named.platform and timed.target_handle = named.name
),

-- who answers or quotes somebody often names them, too: that is one act
answered as (
    select distinct platform, by_post, target_person
    from matched
    where act in ('reply', 'comment', 'quote') and by_post is not null and target_person is not null
),

windowed as (
    select
        matched.*,
        case
            -- what is towards the campaign's posts is the campaign's for as long as it is open
            when matched.at >= campaign.opens_at and matched.at < campaign.closes_at and (matched.is_item or matched.is_about_item)
                then 'during'
            when matched.at is null then case when matched.is_about_item then 'during' end
            else windows.window_name
        end as window_name
    from matched
    cross join campaign
    left join {{ ref('int_windows') }} as windows on matched.at >= windows.starts_at and matched.at < windows.ends_at
    left join answered
        on matched.act = 'mention'
        and matched.platform = answered.platform
        and matched.by_post = answered.by_post
        and matched.target_person = answered.target_person
    where answered.by_post is null
)

select
    windowed.platform,
    windowed.interaction_id,
    windowed.act,
    windowed.window_name,
    windowed.at as acted_at,
    case when not windowed.is_by_organiser and its_sources.person_id is null then windowed.source_person end as source_person,
    case when not windowed.is_to_organiser and its_targets.person_id is null then windowed.target_person end as target_person,
    windowed.is_by_organiser or windowed.is_to_organiser as organiser_involved
from windowed
left join institutions as its_sources on windowed.source_person = its_sources.person_id
left join institutions as its_targets on windowed.target_person = its_targets.person_id
