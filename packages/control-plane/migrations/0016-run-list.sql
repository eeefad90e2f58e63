-- Each filter of the run list reads the newest runs from an index in which they stand in the order of the page. Indexes ascend in
-- time, and are read backwards: new entries fill the last page of their key, where descending ones would split pages in halves.
create table run_asset (
  deployment_id text not null references deployment,
  asset_key text not null,
  run_id uuid not null references run on delete cascade,
  -- the run's
  created_at timestamptz not null,
  primary key (run_id, asset_key)
);
insert into run_asset (deployment_id, asset_key, run_id, created_at)
select distinct deployment_id, key, id, created_at from run, unnest(asset_keys) as key;
create index run_asset_page on run_asset (deployment_id, asset_key, created_at, run_id);

-- the run's
alter table run_tag add column created_at timestamptz;
update run_tag set created_at = run.created_at from run where run.id = run_tag.run_id;
alter table run_tag alter column created_at set not null;
drop index run_tag_value;
create index run_tag_page on run_tag (deployment_id, key, value, created_at, run_id);

drop index run_page;
create index run_page on run (deployment_id, created_at, id);
drop index run_by_job;
create index run_by_job on run (deployment_id, job_name, status, created_at, id);
-- Also for what is active.
drop index run_active;
create index run_by_status on run (deployment_id, status, created_at, id);
