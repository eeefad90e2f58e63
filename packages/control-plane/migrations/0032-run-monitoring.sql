-- A worker that does not end though it was asked to, or whose main thread is busy for too long, is given up after its time.
alter table run_attempt
  -- when its worker was asked to stop; null: nobody has
  add column stop_asked_at timestamptz,
  -- since when its run has ended without it: the slot is held until the worker is gone or its lease is over
  add column outlives_run_since timestamptz,
  -- since when the main thread of its worker has not answered; null: it does
  add column blocked_since timestamptz;
create index run_attempt_outliving on run_attempt (deployment_id)
  where outlives_run_since is not null and state in ('assigned', 'running');
