-- Which partitions of an asset are materialized, and which failed: bitmaps over the places that the definition gives its
-- partitions (see partition-places.ts in @millrace/model), in chunks with their counts, kept by who changes asset_partition_state.
create table asset_partition_set (
  asset_id uuid primary key references asset on delete cascade,
  deployment_id text not null references deployment,
  -- the definition by which it was made, and its SHA-256
  digest bytea not null,
  definition text not null,
  -- dynamic partitions in it: a set is given up when keys of theirs are removed
  dynamic_names text[] not null,
  -- whether partitions were left out as the definition did not have them: a key that is added may be one of them
  has_unknown boolean not null default false,
  -- rows of asset_partition_state up to this key are in; null: all
  built_to text
);
create index asset_partition_set_dynamic on asset_partition_set using gin (dynamic_names) where dynamic_names <> '{}';

create table asset_partition_chunk (
  asset_id uuid not null references asset_partition_set on delete cascade,
  deployment_id text not null references deployment,
  place_row text not null,
  -- number / 8192
  chunk integer not null,
  materialized bytea not null,
  failed bytea not null,
  materialized_count integer not null,
  failed_count integer not null,
  primary key (asset_id, place_row, chunk)
);
