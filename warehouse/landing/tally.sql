-- The run's tally grows with each batch, in the batch's own transaction.
insert into core.run_platform as known (
  run_id, platform, state, fetched, new, updated, unchanged, duplicate, out_of_scope, suppressed, not_public, quarantined
)
values (
  :run_id, :platform, 'running', :fetched, :new, :updated, :unchanged, :duplicate, :out_of_scope, :suppressed, :not_public,
  :quarantined
)
on conflict (run_id, platform) do update set
  fetched = known.fetched + excluded.fetched,
  new = known.new + excluded.new,
  updated = known.updated + excluded.updated,
  unchanged = known.unchanged + excluded.unchanged,
  duplicate = known.duplicate + excluded.duplicate,
  out_of_scope = known.out_of_scope + excluded.out_of_scope,
  suppressed = known.suppressed + excluded.suppressed,
  not_public = known.not_public + excluded.not_public,
  quarantined = known.quarantined + excluded.quarantined
