with items as (
    select platform, post_id, person_id, exclusion_reason as step
    from {{ ref('fct_items') }}
    -- an institution is nobody whose number must be hidden
    where exclusion_reason <> 'organiser_account'
),

posts as (
    select platform, post_id, account_id from {{ ref('stg_items') }}
),

acts as (
    select platform, interaction_id, min(actor_account) as actor_account
    from {{ ref('stg_interactions') }}
    group by platform, interaction_id
),

final as (
    select
        items.step,
        coalesce(items.person_id, items.platform || ':' || coalesce(posts.account_id, acts.actor_account)) as somebody,
        count(*) as items
    from items
    left join posts on items.platform = posts.platform and items.post_id = posts.post_id
    left join acts on items.platform = acts.platform and items.post_id = acts.interaction_id and posts.post_id is null
    group by 1, 2
    union all
    -- whose it was is not known, and must not be
    select reason as step, null as somebody, count(*) as items from {{ ref('stg_sieved') }} group by reason
)

select * from final
