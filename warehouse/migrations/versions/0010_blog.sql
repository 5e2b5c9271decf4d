create table core.blog_post (
  campaign     text not null,
  site         text not null,
  post_id      text not null,
  url          text,
  published_at timestamptz not null,
  modified_at  timestamptz,
  account_id   text,
  byline       text,
  is_tagged    boolean not null,
  deleted_at   timestamptz,
  first_seen_at timestamptz not null,
  observed_at  timestamptz not null,
  primary key (campaign, site, post_id)
);
comment on table core.blog_post is 'Every post of the programme''s own blog, with the campaign''s tag or without: when, by which account, and whom its byline names. No text.';
comment on column core.blog_post.account_id is 'The account that published it, often the team''s.';
comment on column core.blog_post.byline is 'The name that the post itself gives as its author''s. NULL where it gives none.';
comment on column core.blog_post.is_tagged is 'Whether it bears the campaign''s tag.';
