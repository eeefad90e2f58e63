-- Runs that repeat another one: a lost worker must not take its run back when somebody has launched it again.
create index run_group on run (root_run_id, parent_run_id) where root_run_id is not null;
