-- What the evaluation of a deployment's automation conditions remembers from one round to the next; changed in the transaction that
-- launches what a round asks for.
create table automation_state (
  deployment_id text primary key references deployment,
  -- counts the rounds
  round bigint not null,
  evaluated_at timestamptz not null,
  -- the definitions that the last round was about
  definitions text not null,
  -- changes of runs up to this number are seen
  feed_seq bigint not null,
  -- which events of assets and checks are seen, see automation/event-mark.ts
  events_seen jsonb not null,
  checks_seen jsonb not null
);

-- The memory of one condition: of an asset, a check or a job, see targetName in @millrace/model.
create table automation_cursor (
  deployment_id text not null references deployment,
  target text not null,
  cursor jsonb not null,
  -- how often it was evaluated
  evaluations bigint not null default 1,
  primary key (deployment_id, target)
);

-- Evaluations that asked for something, or after which a condition remembers something else.
create table automation_evaluation (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  round bigint not null,
  target text not null,
  evaluated_at timestamptz not null,
  requested jsonb not null,
  requested_count integer not null,
  -- what each part of the condition saw
  tree jsonb not null,
  run_ids uuid[] not null default '{}',
  backfill_id uuid,
  -- why what it asks for could not be launched
  problem text
);
create index automation_evaluation_page on automation_evaluation (deployment_id, target, id desc);
create index automation_evaluation_age on automation_evaluation using brin (evaluated_at);

-- Assets of which something was forgotten: conditions look at them again.
create table automation_touch (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  asset_key text not null
);
create index automation_touch_of on automation_touch (deployment_id);
