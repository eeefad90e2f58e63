-- Sensors on runs read the few events that move a run's status, in the order of storing.
create index run_event_status on run_event (deployment_id, stored_at, run_id, position)
  where type in ('RUN_ENQUEUED', 'RUN_STARTING', 'RUN_START', 'RUN_WORKER_RETURNED', 'RUN_SUCCESS', 'RUN_FAILURE', 'RUN_CANCELING', 'RUN_CANCELED');
