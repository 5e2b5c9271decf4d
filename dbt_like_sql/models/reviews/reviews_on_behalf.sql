{{ config(materialized='ephemeral') }}

with institutions as (
    select distinct
        handles.platform,
        handles.handle
    from {{ source('people', 'person_handle') }} as handles
    inner join {{ ref('stg_person_roles') }} as roles
        on handles.person_id = roles.person_id and roles.role = 'institution'
    where handles.known_from <= {{ as_of() }} and handles.known_to > {{ as_of() }}
),

final as (
    select
        items.platform,
        items.post_id
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__classified') }} as classified
        on items.platform = classified.platform and items.post_id = classified.post_id
    cross join {{ ref('stg_campaign') }} as campaign
    left join {{ ref('stg_accounts') }} as accounts
        on items.platform = accounts.platform and items.account_id = accounts.account_id
    left join institutions
        on accounts.platform = institutions.platform and accounts.handle = institutions.handle
    where items.on_behalf_of is null
        and (
            classified.exclusion_reason = 'organiser_account'
            or (classified.exclusion_reason = 'author_not_member' and institutions.handle is not null)
        )
        and exists (
            select 1
            from unnest(campaign.on_behalf_phrases) as phrase
            where strpos({{ name_key('items.text') }}, {{ name_key('phrase') }}) > 0
        )
)

select * from final
