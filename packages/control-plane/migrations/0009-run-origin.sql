-- Who or what asked for a run (see RunOrigin in @millrace/model): a kind, and a name where there is one. Of the runs before
-- nobody knows who it was.
alter table run
  add column origin_kind text not null default 'user',
  add column origin_name text;

-- Said what created_at says, and what nobody read.
alter table run drop column queued_at, drop column updated_at;
