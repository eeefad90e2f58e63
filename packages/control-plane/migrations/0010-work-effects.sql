-- The run's token stands beside the payload, which is shown and kept; it goes when the item is settled.
alter table work_item add column run_token text;
update work_item set run_token = payload ->> 'runToken' where state in ('pending', 'claimed');
update work_item set payload = payload - 'runToken' where payload ? 'runToken';

-- The queue whose agents run a location's code, as its document says.
alter table code_location
  add column queue text not null generated always as (coalesce(document ->> 'queue', 'default')) stored;

-- What evaluations of ticks that somebody asked for by hand have answered. The effect of the work item writes it, so an item keeps
-- no result of its own.
create table tick_evaluation (
  -- of the work item that asks for it
  id uuid primary key,
  deployment_id text not null references deployment,
  -- pending, done, failed
  state text not null default 'pending',
  -- a TickResult, see @millrace/model
  result jsonb,
  error jsonb,
  -- how far a sensor that watches has seen once the evaluation has succeeded
  event_cursor text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index tick_evaluation_age on tick_evaluation (created_at);
insert into tick_evaluation (id, deployment_id, state, result, error, event_cursor, created_at, finished_at)
select id, deployment_id, case state when 'claimed' then 'pending' else state end, result, error, payload ->> 'eventCursor', created_at, finished_at
from work_item where kind in ('evaluate_schedule', 'evaluate_sensor');
alter table work_item drop column result;
