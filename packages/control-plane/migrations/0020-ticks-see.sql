-- Runs of one partition, newest first, as lists of runs are read: by themselves, and within ranges.
create index run_by_partition on run (deployment_id, partition_key, created_at, id) where partition_key is not null;
create index run_of_range on run using gin (partition_keys) where partition_keys is not null;

-- The token in a work item is that of whatever code the item asks for: of a run's worker, or of a tick, whose code is found by it.
create index work_item_tick_token on work_item (run_token)
  where run_token is not null and kind in ('evaluate_schedule', 'evaluate_sensor');
