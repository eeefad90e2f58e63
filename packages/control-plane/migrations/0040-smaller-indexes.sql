-- Every run that goes well has these four, at its beginning and its end, where the order of its events finds them.
drop index run_event_type;
create index run_event_type on run_event (run_id, type, position)
  where type not in ('LOG', 'LOADED_INPUT', 'HANDLED_OUTPUT', 'RUN_ENQUEUED', 'RUN_STARTING', 'RUN_START', 'RUN_SUCCESS');

-- Hashed it grows by doubling, and was no smaller.
drop index run_attempt_token;
create unique index run_attempt_token on run_attempt (token_hash);

-- Each of their rows is written several times: a fifth of a long history would wait for its vacuum.
alter table run set (autovacuum_vacuum_scale_factor = 0.02);
alter table run_attempt set (autovacuum_vacuum_scale_factor = 0.02);
