-- Run keys with which a schedule or sensor has launched a run, for as long as it is known: longer than the run, which somebody or
-- retention deletes. A key is kept as the id that its run has, see runs/run-id.ts.
create table launched_run_key (
  run_id uuid primary key,
  instigator_id uuid not null references instigator on delete cascade
);
insert into launched_run_key (run_id, instigator_id)
select r.id, i.id from run r
join instigator i on i.deployment_id = r.deployment_id and i.location_name = r.location_name and i.kind = r.origin_kind
  and i.name = r.origin_name
where r.tags ? 'millrace/run_key' and r.origin_kind in ('schedule', 'sensor');

-- Sensors that watch assets or runs: they are looked at whenever something happens.
create index instigator_watching on instigator (deployment_id)
  where kind = 'sensor' and rule -> 'watch' <> 'null'::jsonb;
