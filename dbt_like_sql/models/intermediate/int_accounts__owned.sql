with owners as (
    select * from {{ ref('stg_account_owners') }}
    where person_id not in (select person_id from {{ ref('stg_person_roles') }} where role = 'institution')
),

boundaries as (
    select platform, account_id, valid_from as boundary from owners
    union
    select platform, account_id, valid_to as boundary from owners
),

pieces as (
    select
        platform,
        account_id,
        boundary as valid_from,
        lead(boundary) over (partition by platform, account_id order by boundary) as valid_to
    from boundaries
),

owned as (
    select
        pieces.platform,
        pieces.account_id,
        pieces.valid_from,
        pieces.valid_to,
        min(owners.person_id) as person_id
    from pieces
    inner join owners
        on pieces.platform = owners.platform
        and pieces.account_id = owners.account_id
        and owners.valid_from <= pieces.valid_from
        and owners.valid_to >= pieces.valid_to
    group by pieces.platform, pieces.account_id, pieces.valid_from, pieces.valid_to
    having count(distinct owners.person_id) = 1
)

select * from owned
