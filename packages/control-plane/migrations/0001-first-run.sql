-- Every table carries its deployment; every instant is timestamptz; enumerations are text with a check in the code that parses them.

create table deployment (
  id text primary key,
  name text not null unique,
  -- max_concurrent_runs, tag limits, timeouts: see deployments/settings.ts
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);
insert into deployment (id, name) values ('default', 'default');

create table agent_token (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  name text not null,
  -- SHA-256 of the token; the token itself is shown once
  hash bytea not null unique,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table agent (
  deployment_id text not null references deployment,
  id text not null,
  name text not null,
  kind text not null,
  version text not null,
  hostname text not null,
  queues text[] not null default '{}',
  started_at timestamptz not null,
  last_heartbeat_at timestamptz not null,
  -- what it said last: code servers, run workers, errors
  report jsonb not null default '{}',
  stopped_at timestamptz,
  primary key (deployment_id, id)
);

create table snapshot (
  digest bytea primary key,
  -- gzip of the LocationSnapshot protobuf
  document bytea not null,
  size integer not null,
  created_at timestamptz not null default now()
);

create table code_location (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  name text not null,
  -- the desired document: entry file or image, working directory, queue, environment names
  document jsonb not null,
  -- rises with every change and every reload
  revision integer not null default 1,
  -- the version that serves: the last that loaded
  serving_version_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz
);
create unique index code_location_name on code_location (deployment_id, name) where removed_at is null;

create table location_version (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  location_id uuid not null references code_location,
  revision integer not null,
  -- loading, loaded, failed
  state text not null,
  code_digest text,
  snapshot_digest bytea references snapshot,
  error jsonb,
  agent_id text,
  created_at timestamptz not null default now(),
  loaded_at timestamptz,
  unique (location_id, revision)
);
alter table code_location add foreign key (serving_version_id) references location_version;

create table work_item (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  queue text not null default 'default',
  kind text not null,
  -- two items with one key are one item
  idempotency_key text not null,
  payload jsonb not null,
  -- pending, claimed, done, failed
  state text not null default 'pending',
  priority integer not null default 0,
  deliveries integer not null default 0,
  agent_id text,
  lease_until timestamptz,
  available_at timestamptz not null default now(),
  -- past it, the item fails by itself
  deadline timestamptz not null,
  result jsonb,
  error jsonb,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (deployment_id, idempotency_key)
);
create index work_item_pending on work_item (deployment_id, queue, priority desc, created_at) where state = 'pending';
create index work_item_claimed on work_item (lease_until) where state = 'claimed';
create index work_item_deadline on work_item (deadline) where state = 'pending';
create index work_item_finished on work_item (finished_at) where finished_at is not null;

create table run (
  id uuid primary key,
  deployment_id text not null references deployment,
  location_name text not null,
  location_version_id uuid references location_version,
  job_name text not null,
  status text not null,
  failure_reason text,
  failure_message text,
  run_config jsonb not null default '{}',
  tags jsonb not null default '{}',
  asset_selection text[],
  check_selection text[],
  step_selection text[],
  -- what the run will produce; replaces an event for each planned asset
  asset_keys text[] not null default '{}',
  partition_key text,
  priority integer not null default 0,
  root_run_id uuid,
  parent_run_id uuid,
  -- rises by one with every attempt; 0: no worker was asked for yet
  attempt integer not null default 0,
  -- events stored so far: the next position
  event_count integer not null default 0,
  created_at timestamptz not null default now(),
  queued_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null default now()
);
create index run_page on run (deployment_id, created_at desc, id desc);
create index run_queue on run (deployment_id, priority desc, created_at) where status = 'QUEUED';
create index run_active on run (deployment_id) where status in ('STARTING', 'STARTED', 'CANCELING');
create index run_by_job on run (deployment_id, job_name, created_at desc);
create index run_by_asset on run using gin (asset_keys) where status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING');

create table run_tag (
  deployment_id text not null references deployment,
  run_id uuid not null references run on delete cascade,
  key text not null,
  value text not null,
  primary key (run_id, key)
);
create index run_tag_value on run_tag (deployment_id, key, value);

create table run_attempt (
  run_id uuid not null references run on delete cascade,
  attempt integer not null,
  deployment_id text not null references deployment,
  -- SHA-256 of the run token
  token_hash bytea not null unique,
  agent_id text,
  -- assigned (a work item exists), running (the worker has started), ended, lost
  state text not null default 'assigned',
  worker jsonb not null default '{}',
  -- the slot: past it, the worker counts as lost and its slots are free
  lease_until timestamptz not null,
  -- the next event sequence expected of this attempt
  next_sequence integer not null default 0,
  started_at timestamptz,
  ended_at timestamptz,
  exit jsonb,
  primary key (run_id, attempt)
);
create index run_attempt_lease on run_attempt (lease_until) where state in ('assigned', 'running');

create table run_event (
  run_id uuid not null,
  -- dense order within the run, in order of storing
  position integer not null,
  -- 0: written by the control plane
  attempt integer not null,
  sequence integer not null,
  deployment_id text not null,
  type text not null,
  step_key text,
  level text,
  message text not null,
  happened_at timestamptz not null,
  stored_at timestamptz not null default now(),
  -- the whole event as it came, unknown fields included
  event jsonb not null,
  primary key (run_id, position, stored_at)
) partition by range (stored_at);

create table asset (
  id uuid primary key default gen_random_uuid(),
  deployment_id text not null references deployment,
  key text not null,
  -- the current state outlives the events it came from
  materialization_count bigint not null default 0,
  last_materialization jsonb,
  last_materialized_at timestamptz,
  last_materialization_run_id uuid,
  last_observation jsonb,
  last_observed_at timestamptz,
  last_failed_run_id uuid,
  last_failed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (deployment_id, key)
);

create table asset_partition_state (
  asset_id uuid not null references asset on delete cascade,
  partition_key text not null,
  deployment_id text not null references deployment,
  last_materialized_at timestamptz,
  last_run_id uuid,
  last_failed_at timestamptz,
  primary key (asset_id, partition_key)
);

create table asset_event (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  asset_id uuid not null references asset on delete cascade,
  run_id uuid,
  step_key text,
  -- materialization or observation
  kind text not null,
  partition_key text,
  metadata jsonb not null default '{}',
  tags jsonb not null default '{}',
  data_version text,
  happened_at timestamptz not null
);
create index asset_event_page on asset_event (asset_id, id desc);

create table asset_check_evaluation (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  asset_id uuid not null references asset on delete cascade,
  check_name text not null,
  run_id uuid,
  partition_key text,
  passed boolean not null,
  severity text not null,
  blocking boolean not null,
  metadata jsonb not null default '{}',
  message text not null default '',
  happened_at timestamptz not null
);
create index asset_check_evaluation_page on asset_check_evaluation (asset_id, check_name, id desc);

create table log_chunk (
  run_id uuid not null references run on delete cascade,
  attempt integer not null,
  -- stdout or stderr
  stream text not null,
  byte_offset bigint not null,
  bytes bytea not null,
  deployment_id text not null references deployment,
  stored_at timestamptz not null default now(),
  primary key (run_id, attempt, stream, byte_offset)
);
create index log_chunk_age on log_chunk using brin (stored_at);

create table daemon_heartbeat (
  deployment_id text not null references deployment,
  daemon text not null,
  replica text not null,
  last_tick_at timestamptz not null,
  last_error jsonb,
  primary key (deployment_id, daemon, replica)
);
