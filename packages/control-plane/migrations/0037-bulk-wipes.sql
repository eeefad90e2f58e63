-- Of a bulk operation that is about assets: their keys, in the order in which they are seen to; null: it is about runs.
alter table bulk_operation add column asset_keys text[];
-- When the run that was looked at last was created: the run itself may be deleted while the operation is under way.
alter table bulk_operation add column last_run_created_at timestamptz;
update bulk_operation set last_run_created_at = run.created_at from run where run.id = last_run_id;
