{{ config(severity='warn') }}

select campaign, hashtags, judged_by
from {{ ref('stg_campaign') }}
where not is_judged
