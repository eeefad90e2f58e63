-- Until when a run that is STARTED waits without a worker, and without a slot; null: it does not.
alter table run add column waiting_until timestamptz;
create index run_waiting on run (deployment_id, waiting_until) where waiting_until is not null;
