{{ config(materialized='ephemeral') }}

select
    marked.platform,
    case when marked.account_id is null then marked.post_id end as post_id,
    marked.account_id,
    count(*)::int as records,
    max(marked.signals) || ' of the marks of spam'
    || case when bool_or(marked.is_known) then ', but a member has dealt with the account' else '' end as suggestion
from {{ ref('int_items__spam') }} as marked
inner join {{ ref('int_items__classified') }} as classified
    on marked.platform = classified.platform and marked.post_id = classified.post_id
where classified.exclusion_reason = 'author_not_member'
group by 1, 2, 3
