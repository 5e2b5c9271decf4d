with people as (
    select * from {{ ref('int_outside__people') }}
),

totals as (
    select * from {{ ref('int_outside__totals') }}
),

shown as (
    {{ suppressed('people', 'totals') }}
)

select * from shown
