-- What is shown of daemons: how late their ticks begin, and the last error also once they work again.
alter table daemon_heartbeat
  -- when the replica last told of it
  add column told_at timestamptz not null default now(),
  -- from when a tick was due, by its time or by what woke the daemon, to its begin
  add column last_lateness_ms double precision not null default 0,
  add column longest_lateness_ms double precision not null default 0,
  -- whether the last tick failed
  add column is_failing boolean not null default false,
  add column last_error_at timestamptz;

-- A tick is written twice, an instigator with each of its ticks: with room beside it the second time changes no index.
alter table tick set (fillfactor = 50);
alter table instigator set (fillfactor = 50);
