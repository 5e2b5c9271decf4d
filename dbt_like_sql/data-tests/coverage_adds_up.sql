select *
from {{ ref('metric_coverage') }}
where hours_complete + hours_gap + hours_not_visible + hours_unread not between 1 and 24
