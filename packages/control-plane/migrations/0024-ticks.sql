-- Schedules and sensors (Dagster calls both instigators), and what the control plane knows of each beside its definition. A row stays
-- when nothing defines it for a while, so that it goes on from where it was.
create table instigator (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  location_name text not null,
  -- schedule, sensor
  kind text not null,
  name text not null,
  -- The name that its run keys go by: the one it had first, so that a rename launches nothing again.
  key_name text not null,
  -- When it ticks and what its ticks need, see ticks/instigator-rule.ts; null: nothing defines it now.
  rule jsonb,
  -- Why it can't tick as it is defined.
  problem text,
  -- As the definition says.
  running_by_default boolean not null default false,
  -- running, stopped: switched by hand; null: as the definition says.
  switched text,
  -- Since when it has ticked without a break; null: it does not.
  running_since timestamptz,
  -- Ticks of a schedule up to here are decided for good.
  decided_up_to timestamptz not null,
  -- When there is something to decide; null: never.
  next_due timestamptz,
  -- While a tick is evaluated, no other one is decided.
  tick_in_flight uuid,
  last_tick_at timestamptz,
  -- Evaluations that failed since the last one that did not.
  failures integer not null default 0,
  -- What the code of a sensor has set.
  cursor text,
  -- How far a sensor that watches has seen.
  event_cursor text,
  undefined_since timestamptz,
  unique (deployment_id, location_name, kind, name),
  unique (deployment_id, location_name, kind, key_name)
);
create index instigator_due on instigator (deployment_id, kind, next_due) where next_due is not null;

-- The version of a location whose schedules and sensors the table holds.
alter table code_location add column instigators_of uuid;

create table tick (
  -- also of the work item that asks an agent to evaluate it
  id uuid primary key,
  deployment_id text not null references deployment,
  instigator_id uuid not null references instigator on delete cascade,
  -- of a schedule the time that it stands for, of a sensor when it was due
  scheduled_at timestamptz not null,
  -- STARTED, SUCCESS, SKIPPED, FAILURE
  status text not null,
  skip_reason text,
  -- an ErrorInfo
  error jsonb,
  -- runs that it launched
  run_ids uuid[] not null default '{}',
  -- where a sensor that watches goes on once the evaluation has succeeded
  event_cursor text,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index tick_of_instigator on tick (instigator_id, scheduled_at);
create index tick_age on tick using brin (started_at);
