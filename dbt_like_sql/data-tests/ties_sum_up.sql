with mixed as (
    select population, attribute, window_name, sum(observed) as ties
    from {{ ref('metric_mixing') }}
    group by population, attribute, window_name
),

differing as (
    select mixed.*, network.dyads, homophily.external, homophily.internal
    from mixed
    inner join {{ ref('metric_network') }} as network using (population, window_name)
    inner join {{ ref('metric_homophily') }} as homophily using (population, attribute, window_name)
    where mixed.ties <> network.dyads
        or homophily.external + homophily.internal <> homophily.dyads
        or homophily.dyads > network.dyads
)

select * from differing
