-- The queue is read in pages: a row comparison needs columns that all ascend.
drop index run_queue;
create index run_queue on run (deployment_id, (-priority), created_at, id) where status = 'QUEUED';

-- The page of a run reads its steps, and events of one type or of warnings and worse, while output streams in beside them.
create index run_event_type on run_event (run_id, type, position) where type <> 'LOG';
create index run_event_warning on run_event (run_id, position) where level in ('WARNING', 'ERROR', 'CRITICAL');
