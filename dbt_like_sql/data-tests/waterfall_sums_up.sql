with steps as (
    select
        sum(items) filter (where kind = 'start') as seen,
        sum(items) filter (where kind in ('sieve', 'exclusion')) as left_out,
        sum(items) filter (where kind = 'end') as counted,
        min(remaining) filter (where kind = 'end') as remaining
    from {{ ref('metric_waterfall') }}
),

differing as (
    select steps.*
    from steps
    cross join {{ ref('metric_headline') }} as headline
    where steps.seen - steps.left_out <> steps.counted
        or steps.remaining <> steps.counted
        or steps.counted <> headline.unique_posts
)

select * from differing
