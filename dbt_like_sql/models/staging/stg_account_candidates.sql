with source as (
    select * from {{ source('people', 'account_candidate') }}
),

renamed as (
    select
        platform,
        account_id,
        person_id,
        rule,
        score,
        case rule
            when 'verified_link' then 'profile and roster name the same site'
            when 'name' then 'name ' || round(score, 2) || ' alike'
            when 'basis' then 'the roster''s handle, which the person did not give'
            when 'recycled_handle' then 'the handle was of another account of theirs'
            when 'shared' then 'one of several who claim it'
            when 'rival' then 'one of several accounts that bore the handle first'
        end as why
    from source
)

select * from renamed
