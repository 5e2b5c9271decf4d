alter table core.survey add column respondents int not null check (respondents > 0);
comment on column core.survey.respondents is 'How many people answered at least one question.';

create table core.survey_question (
  campaign text not null,
  survey   text not null,
  place    int not null,
  question text not null,
  kind     text not null check (kind in ('scale', 'choice', 'choices', 'words')),
  scale    text check ((scale is not null) = (kind = 'scale')),
  primary key (campaign, survey, question),
  unique (campaign, survey, place),
  foreign key (campaign, survey) references core.survey on delete cascade
);
comment on table core.survey_question is 'A question of a survey. Columns of the form''s export that tell who somebody is are none.';
comment on column core.survey_question.place is 'The order in the form, from 1.';
comment on column core.survey_question.kind is 'scale: points from low to high. choice: one of several. choices: as many of several as one likes. words: one''s own.';
comment on column core.survey_question.scale is 'Which scale; see warehouse/reference/survey_scales.csv.';

alter table core.survey_answer
  drop constraint survey_answer_pkey,
  drop constraint survey_answer_campaign_survey_fkey,
  add column point int,
  add column points int,
  add constraint survey_answer_key unique nulls not distinct (campaign, survey, question, respondent, answer),
  add foreign key (campaign, survey, question) references core.survey_question on delete cascade,
  add check ((point is null) = (points is null) and point <= points);
comment on table core.survey_answer is 'What respondents chose, one row per choice. Free words are counted, never kept; nothing says who a respondent is, and no answer leads to the same person''s answer to another question.';
comment on column core.survey_answer.respondent is 'A number of the answer, in an order that was shuffled for each question anew.';
comment on column core.survey_answer.point is 'The place of the answer on its scale, 1 for the lowest. NULL without one.';
comment on column core.survey_answer.points is 'How many points that scale has.';
