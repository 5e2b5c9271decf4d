with people as (
    select * from {{ ref('stg_people') }}
),

latest_consents as (
    select distinct on (person_id, purpose, source) person_id, state
    from {{ ref('stg_consents') }}
    where purpose in ('collect', 'match') and changed_at <= {{ as_of() }}
    order by person_id, purpose, source, changed_at desc
),

matchable as (
    select person_id
    from people
    where person_id not in (
        select person_id from latest_consents where state in ('refused', 'withdrawn')
    )
)

select * from matchable
