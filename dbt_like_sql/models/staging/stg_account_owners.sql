with source as (
    select * from {{ source('people', 'account_owner') }}
    where known_from <= {{ as_of() }} and known_to > {{ as_of() }}
),

renamed as (
    select
        platform,
        account_id,
        person_id,
        match_rule,
        valid_from,
        valid_to
    from source
)

select * from renamed
