-- What has happened to runs: one row for each event that brought one to a new status, written with the event.
create table run_change (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  -- The number readers go by, see events/change-feed.ts: dense, and given after the change was committed, so that nobody who
  -- reads on from the last number it saw passes over a change that was slow to commit. Null: not numbered yet.
  seq bigint,
  run_id uuid not null references run on delete cascade,
  -- of the event
  position integer not null,
  status text not null,
  failure_reason text,
  message text not null,
  happened_at timestamptz not null,
  changed_at timestamptz not null default now()
);
create unique index run_change_feed on run_change (deployment_id, seq) where seq is not null;
create index run_change_fresh on run_change (deployment_id, id) where seq is null;
create index run_change_of_run on run_change (run_id);
create index run_change_age on run_change using brin (changed_at);

-- The last number that was given in a deployment; holding the row is the right to give the next ones.
create table run_feed (
  deployment_id text primary key references deployment,
  last_seq bigint not null default 0
);

-- How far each reader has come that acts on changes in the deployment's name.
create table feed_cursor (
  deployment_id text not null references deployment,
  reader text not null,
  seq bigint not null default 0,
  primary key (deployment_id, reader)
);

-- Of runs from before: the status they have.
insert into run_change (deployment_id, run_id, position, status, failure_reason, message, happened_at)
select deployment_id, id, greatest(event_count - 1, 0), status, failure_reason, coalesce(failure_message, ''),
  coalesce(ended_at, started_at, created_at)
from run order by coalesce(ended_at, started_at, created_at), id;

-- Sensors on runs read the feed now.
drop index run_event_status;
