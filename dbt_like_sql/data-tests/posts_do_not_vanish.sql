{{ config(severity='warn') }}

select before.unique_posts as posts_before, headline.unique_posts
from {{ ref('metric_headline') }} as headline
cross join {{ published_headline() }} as before
where headline.unique_posts < before.unique_posts * 0.9
    and not {{ people_took_posts_away('before.as_of') }}
