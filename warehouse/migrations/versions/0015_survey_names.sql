-- An erasure takes names out of questions; the answers follow their question, and both their survey.
alter table core.survey_question
  drop constraint survey_question_campaign_survey_fkey,
  add foreign key (campaign, survey) references core.survey on update cascade on delete cascade;
alter table core.survey_answer
  drop constraint survey_answer_campaign_survey_question_fkey,
  add foreign key (campaign, survey, question) references core.survey_question on update cascade on delete cascade;
