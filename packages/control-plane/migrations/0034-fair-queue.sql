-- The queue of each code location by itself, of each the runs that nothing has held back ('') and those of every hold: a fair order
-- looks at the first ones of each.
create index run_queue_of_location on run (deployment_id, location_name, (coalesce(held_by, '')), (-priority), created_at, id)
  where status = 'QUEUED';
