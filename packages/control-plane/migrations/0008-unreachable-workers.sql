-- A worker that gives no sign of life is out of reach at first, and lost only when its lease is over: until then its slot is held.
alter table run_attempt
  -- seconds of the lease that each sign of life begins anew: the deployment's worker_lease_seconds when the attempt was made
  add column lease_seconds integer not null default 60,
  -- since when nothing has been heard of the worker; null: it is heard, or has not begun
  add column unreachable_since timestamptz;
