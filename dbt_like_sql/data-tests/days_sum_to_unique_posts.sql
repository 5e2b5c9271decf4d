select *
from {{ ref('metric_posts_by_prompt') }}
where on_time + late + early <> posts or coverage_rows < posts
