-- Checks that a run was to evaluate and could not, as their step failed. It counts until the check is evaluated.
create table asset_check_failure (
  asset_id uuid not null references asset on delete cascade,
  check_name text not null,
  deployment_id text not null references deployment,
  run_id uuid not null,
  failed_at timestamptz not null,
  -- the newest evaluation of the check at that time
  after_evaluation bigint not null,
  primary key (asset_id, check_name)
);
create index asset_check_failure_deployment on asset_check_failure (deployment_id);
