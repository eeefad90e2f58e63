-- Keys of dynamic partitions, which users and runs add and remove.
create table dynamic_partition (
  deployment_id text not null references deployment,
  -- the name of the definition
  name text not null,
  key text not null,
  -- the order in which they were added
  id bigint generated always as identity,
  created_at timestamptz not null default now(),
  primary key (deployment_id, name, key)
);
create index dynamic_partition_order on dynamic_partition (deployment_id, name, id);

-- A run of several partitions: its ends as they were asked for, and every key of it, as definitions change.
alter table run
  add column partition_start text,
  add column partition_end text,
  add column partition_keys text[];
