select 1 as missing
where not exists (select 1 from {{ ref('stg_campaign') }})
