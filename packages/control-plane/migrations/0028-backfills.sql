-- Work on many partitions as one thing: what is to be made, and how far that is.
create table backfill (
  id uuid primary key,
  deployment_id text not null references deployment,
  title text,
  status text not null default 'REQUESTED',
  -- nothing is launched while it is held
  paused boolean not null default false,
  -- why it failed, or the newest reason for which partitions could not be launched
  message text,
  -- null: assets without a job
  job_name text,
  run_config jsonb,
  tags jsonb not null default '{}',
  origin_kind text not null,
  origin_name text,
  -- the backfill whose rest this one makes
  parent_id uuid,
  -- changes of runs up to this number are counted in
  feed_seq bigint not null,
  run_count integer not null default 0,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index backfill_page on backfill (deployment_id, created_at desc, id desc);
create index backfill_open on backfill (deployment_id) where ended_at is null;

-- An asset that a backfill makes, or its job of ops. Sets are subsets of partitions as serialize-subset.ts of @millrace/model
-- writes them: their size follows what they say, not how many partitions they hold.
create table backfill_target (
  backfill_id uuid not null references backfill on delete cascade,
  deployment_id text not null references deployment,
  key text not null,
  location_name text not null,
  -- how it was partitioned when the backfill began; null: not
  partitions text,
  targeted jsonb not null,
  requested jsonb not null,
  materialized jsonb not null,
  failed jsonb not null,
  skipped jsonb not null,
  targeted_count integer not null,
  requested_count integer not null default 0,
  materialized_count integer not null default 0,
  failed_count integer not null default 0,
  skipped_count integer not null default 0,
  primary key (backfill_id, key)
);

-- The runs of a backfill that have not ended.
create index run_of_backfill on run (origin_name) where origin_kind = 'backfill' and status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING');
