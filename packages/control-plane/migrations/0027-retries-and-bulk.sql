-- When a run that has failed is launched again by itself; null: it is not, or has been.
alter table run add column retry_at timestamptz;
-- The run that repeats it by itself.
alter table run add column retry_run_id uuid;
create index run_retry on run (retry_at) where retry_at is not null;

-- Something that is done to all runs of a filter, and how far that is.
create table bulk_operation (
  id uuid primary key,
  deployment_id text not null references deployment,
  -- see bulk/bulk-operation.ts
  kind text not null,
  -- of the runs that were there when it began
  filter jsonb not null,
  -- for re-executions: what of each run is repeated
  strategy text,
  origin_kind text not null,
  origin_name text,
  -- RUNNING, STOPPED, DONE
  status text not null default 'RUNNING',
  -- runs that matched when it began, that it was done to, and that refused it
  total integer not null,
  done integer not null default 0,
  refused integer not null default 0,
  -- the first refusals, with the runs' ids
  refusals jsonb not null default '[]',
  -- the run that was looked at last; they are looked at newest first
  last_run_id uuid,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index bulk_operation_page on bulk_operation (deployment_id, created_at desc, id desc);
create index bulk_operation_open on bulk_operation (deployment_id) where status = 'RUNNING';
