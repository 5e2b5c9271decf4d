with publications as (
    select * from {{ source('metrics', 'frozen_publication') }}
),

headlines as (
    select * from {{ source('metrics', 'frozen_row') }} where table_name = 'metric_headline'
),

renamed as (
    select
        publications.publication_id,
        publications.campaign,
        publications.label,
        publications.as_of,
        publications.definition_version,
        headlines.row as figures
    from publications
    inner join headlines using (publication_id)
)

select * from renamed
