create table core.survey (
  campaign    text not null,
  survey      text not null,
  invited     int check (invited > 0),
  imported_at timestamptz not null,
  run_id      uuid not null references core.run,
  primary key (campaign, survey)
);
comment on table core.survey is 'A feedback survey whose form''s export was imported.';
comment on column core.survey.invited is 'How many people were asked. NULL where nobody said so.';

create table core.survey_answer (
  campaign   text not null,
  survey     text not null,
  question   text not null,
  respondent int not null,
  answer     text,
  primary key (campaign, survey, question, respondent),
  foreign key (campaign, survey) references core.survey on delete cascade
);
comment on table core.survey_answer is 'What respondents chose, by question. Free words are counted, never kept; nothing says who a respondent is.';
comment on column core.survey_answer.respondent is 'Number of the answer sheet within the survey, in a shuffled order.';
comment on column core.survey_answer.answer is 'The choice. NULL for words of one''s own: it says only that there were some.';
