with source as (
    select * from {{ source('people', 'review_decision') }}
    where campaign = {{ this_campaign() }}
        and known_from <= {{ as_of() }}
),

latest as (
    select distinct on (queue, subject) *
    from source
    order by queue, subject, known_from desc, decision_id desc
),

standing as (
    select
        latest.*,
        split_part(subject, ':', 1) as kind,
        parts.platform,
        parts.id,
        parts.place
    from latest
    cross join lateral (
        select
            split_part(part, ':', 1) as platform,
            substr(part, strpos(part, ':') + 1) as id,
            place
        from unnest(string_to_array(substr(subject, strpos(subject, ':') + 1), ' + ')) with ordinality as parts (part, place)
    ) as parts
    where verdict not in ('undo', 'defer')
),

seen_now as (
    select
        standing.*,
        case standing.kind
            when 'account' then accounts.account_id
            when 'person' then substr(subject, strpos(subject, ':') + 1)
            else items.evidence
        end as evidence_now
    from standing
    left join {{ ref('stg_accounts') }} as accounts
        on standing.kind = 'account' and standing.platform = accounts.platform and standing.id = accounts.account_id
    left join {{ ref('stg_items') }} as items
        on standing.kind in ('post', 'pair') and standing.platform = items.platform and standing.id = items.post_id
),

holding as (
    select
        queue,
        subject,
        verdict,
        person_id,
        day,
        evidence,
        known_from
    from seen_now
    group by decision_id, queue, subject, verdict, person_id, day, evidence, known_from
    having evidence = string_agg(evidence_now, '+' order by place)
)

select * from holding
