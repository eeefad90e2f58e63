-- The pools of a run's steps, see run-queue/run-pools.ts; null: none of them has one.
alter table run add column pools jsonb;
-- What held a queued run back when the coordinator last looked at it, see run-queue/hold-name.ts; null: it has not, or nothing did.
-- It goes by this to look only at runs that may start; what holds a run back is decided anew each time.
alter table run add column held_by text;
create index run_queue_held on run (deployment_id, held_by, (-priority), created_at, id) where status = 'QUEUED';
create index run_queue_pooled on run (deployment_id) where status = 'QUEUED' and pools is not null;

-- None of the location's runs start while this is set.
alter table code_location add column runs_paused_at timestamptz;
create index code_location_paused on code_location (deployment_id) where runs_paused_at is not null;

-- Pools whose limit somebody has set.
create table pool (
  deployment_id text not null references deployment,
  name text not null,
  slot_limit integer not null,
  updated_at timestamptz not null default now(),
  primary key (deployment_id, name)
);

-- Slots that the steps of attempts ask for. One counts for as long as its attempt lives: nothing needs to be done to free it.
create table pool_slot (
  run_id uuid not null,
  attempt integer not null,
  step_key text not null,
  deployment_id text not null references deployment,
  pool text not null,
  priority integer not null,
  asked_at timestamptz not null default now(),
  -- null: it waits
  granted_at timestamptz,
  primary key (run_id, attempt, step_key),
  foreign key (run_id, attempt) references run_attempt on delete cascade
);
create index pool_slot_turn on pool_slot (deployment_id, pool, (-priority), asked_at);
create index pool_slot_waiting on pool_slot (deployment_id) where granted_at is null;
