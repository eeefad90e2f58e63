-- When a run that has failed is launched again by itself; null: it is not, or has been.
alter table run add column retry_at timestamptz;
-- The run that repeats it by itself.
alter table run add column retry_run_id uuid;
create index run_retry on run (retry_at) where retry_at is not null;
