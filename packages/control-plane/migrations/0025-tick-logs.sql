-- What the code of a tick has logged: a list of TickLogLine, see @millrace/model.
alter table tick add column logs jsonb not null default '[]';
