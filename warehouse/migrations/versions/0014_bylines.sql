create table core.blog (
  campaign   text not null,
  site       text not null,
  read_from  timestamptz not null,
  read_until timestamptz not null,
  run_id     uuid not null references core.run,
  primary key (campaign, site)
);
comment on table core.blog is 'The programme''s own blogs. Each read takes a whole list, so what was read is one span of time.';
comment on column core.blog.site is 'Where it is read: host and path.';
comment on column core.blog.read_from is 'Posts published before are not asked for.';
comment on column core.blog.read_until is 'All posts published before are in, as they were then.';

-- A byline may name several people. The work space of builds reads this table by its old columns; the next build makes it anew.
drop schema if exists build cascade;
alter table core.blog_post drop column byline;
comment on table core.blog_post is 'Every post of the programme''s own blogs, with the campaign''s tag or without: when, and by which account. No text.';
comment on column core.blog_post.post_id is 'Its number on the site.';
comment on column core.blog_post.account_id is 'The account that published it, often the team''s. NULL where the site hides it, or where it is of somebody who is not to be collected and the byline names somebody else.';
comment on column core.blog_post.deleted_at is 'When the site was first seen not to show it any more; its link and its bylines are gone then.';
comment on column core.blog_post.observed_at is 'When the values of this row were first observed.';

create table core.blog_byline (
  campaign text not null,
  site     text not null,
  post_id  text not null,
  place    int not null,
  name     text not null,
  primary key (campaign, site, post_id, place),
  foreign key (campaign, site, post_id) references core.blog_post on delete cascade
);
comment on table core.blog_byline is 'Whom a post of the blog names as its authors, in its own words. No rows: it names nobody, and is its account''s.';
