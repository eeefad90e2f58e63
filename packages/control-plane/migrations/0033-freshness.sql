-- How fresh each asset with a freshness policy is, written down when that changes and not when somebody looks.
create table asset_freshness (
  asset_id uuid primary key references asset on delete cascade,
  deployment_id text not null references deployment,
  -- what it was last looked at with: the policy as the snapshot has it, and the last materialization
  policy text not null,
  materialized_at timestamptz,
  -- PASS, WARN, FAIL, UNKNOWN
  state text not null,
  changed_at timestamptz not null,
  -- when time alone may change it next; null: never
  next_change_at timestamptz
);
create index asset_freshness_due on asset_freshness (next_change_at) where next_change_at is not null;
create index asset_freshness_deployment on asset_freshness (deployment_id);

create table asset_freshness_change (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  asset_id uuid not null references asset on delete cascade,
  previous_state text not null,
  state text not null,
  -- when the deadline passed, or the asset was materialized
  changed_at timestamptz not null
);
create index asset_freshness_change_page on asset_freshness_change (asset_id, id desc);
create index asset_freshness_change_age on asset_freshness_change (deployment_id, changed_at);
