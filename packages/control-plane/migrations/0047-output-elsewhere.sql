-- Output may go to a bucket of the user's own: a chunk with neither bytes nor writer is there.
alter table log_chunk
  drop constraint log_chunk_is_somewhere,
  add constraint log_chunk_is_in_one_place check (bytes is null or writer is null);
alter table run_attempt
  -- where its output is, in the user's environment; null: in the log storage
  add column output_place text,
  -- where people see it
  add column output_link text;
