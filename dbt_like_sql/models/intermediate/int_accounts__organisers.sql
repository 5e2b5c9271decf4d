with accounts as (
    select * from {{ ref('stg_accounts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

organisers as (
    select accounts.platform, accounts.account_id
    from accounts
    cross join campaign
    where (campaign.organisers -> accounts.platform) ?| array[
            accounts.handle,
            accounts.account_id,
            -- a blog's handle is slug@site, and the organiser may be given by the slug alone
            case when accounts.platform = 'wordpress' then split_part(accounts.handle, '@', 1) end
        ]
)

select * from organisers
