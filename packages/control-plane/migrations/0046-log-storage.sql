-- Output is kept in a log storage; here is an index of it. Marks, and what was stored before, stay here.
alter table log_chunk
  alter column bytes drop not null,
  add column byte_length integer,
  -- how many lines end in it; null: stored before this was counted
  add column line_count integer,
  -- of an object in the log storage: whose it is, see logs/storage/log-objects.ts
  add column writer text;
comment on column log_chunk.stream is 'stdout, stderr, marks';
comment on column log_chunk.bytes is 'null: an object in the log storage';
update log_chunk set byte_length = octet_length(bytes);
alter table log_chunk
  alter column byte_length set not null,
  add constraint log_chunk_is_somewhere check ((bytes is null) = (writer is not null));

-- Runs of which objects are left in the log storage that no chunk stands for.
create table log_sweep (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  -- it may be gone
  run_id uuid not null
);
create index log_sweep_deployment on log_sweep (deployment_id);

create function ask_for_log_sweep() returns trigger language plpgsql as $$
begin
  insert into log_sweep (deployment_id, run_id) select distinct deployment_id, run_id from gone where writer is not null;
  return null;
end $$;
create trigger log_chunk_gone after delete on log_chunk referencing old table as gone
  for each statement execute function ask_for_log_sweep();
