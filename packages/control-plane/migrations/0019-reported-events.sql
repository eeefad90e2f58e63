-- What is said of an asset without a run that makes it: who said it, and their sentence about it.
alter table asset_event add column reported_by text, add column description text;
alter table asset_check_evaluation add column reported_by text;

-- The keys of reports: two reports with one key are one.
create table asset_report (
  deployment_id text not null references deployment,
  key text not null,
  reported_at timestamptz not null default now(),
  primary key (deployment_id, key)
);
create index asset_report_age on asset_report (reported_at);
