-- A change is found by its number, or by its id while it has none. Its event says the message.
alter table run_change drop constraint run_change_pkey, drop column message;

-- Nobody asks for the values that steps have read and stored alone. Every run that goes well has the last four, at its beginning and its
-- end, where the order of its events finds them.
drop index run_event_type;
create index run_event_type on run_event (run_id, type, position)
  where type not in ('LOG', 'LOADED_INPUT', 'HANDLED_OUTPUT', 'RUN_ENQUEUED', 'RUN_STARTING', 'RUN_START', 'RUN_SUCCESS');
