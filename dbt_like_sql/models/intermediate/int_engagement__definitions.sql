with campaign as (
    select * from {{ ref('stg_campaign') }}
),

in_force as (
    select distinct on (definition) definitions.*
    from {{ ref('engagement_definitions') }} as definitions
    cross join campaign
    where coalesce(definitions.valid_from, '-infinity') <= campaign.ends_on
    order by definitions.definition, definitions.version desc
)

select * from in_force
