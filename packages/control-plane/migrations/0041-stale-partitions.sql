-- Which partitions of an asset are out of date: bitmaps over the places of asset_partition_set, kept by the staleness daemon.
create table asset_stale_set (
  asset_id uuid primary key references asset_partition_set on delete cascade,
  deployment_id text not null references deployment,
  -- SHA-256 of what decides about all of its partitions: the definitions, and what its inputs are as a whole
  definitions bytea not null,
  inputs bytea not null,
  -- inputs that some partition is made from as a whole
  whole_inputs text[] not null default '{}',
  -- partitions up to this key are in; null: all
  built_to text,
  -- up to when windows of time count as there
  evaluated_at timestamptz not null
);
create index asset_stale_set_deployment on asset_stale_set (deployment_id);

create table asset_stale_chunk (
  asset_id uuid not null references asset_stale_set on delete cascade,
  deployment_id text not null references deployment,
  place_row text not null,
  -- number / 8192
  chunk integer not null,
  stale bytea not null,
  stale_count integer not null,
  primary key (asset_id, place_row, chunk)
);

-- Which events of a deployment the staleness daemon has seen.
create table asset_stale_mark (
  deployment_id text primary key references deployment,
  mark jsonb not null,
  -- null: no event can become visible any more that the first mark counted as seen; else once all transactions below have ended
  settles_at bigint
);

alter table asset add column rewrites integer not null default 0;
comment on column asset.rewrites is 'how often partitions were changed without an event: wiped, or joined with those of another key';
