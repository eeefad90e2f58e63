-- What a run leaves takes less room. `event` of `run_event` says since then only what its columns do not: see events/event-columns.ts.
comment on column run_event.event is 'the event as it came, unknown fields included, without what type, step_key, message, happened_at and level of a LOG say';

-- Indexes ascend, and are read backwards: new entries fill the last page of their key, where descending ones split pages in halves.
drop index asset_event_page;
create index asset_event_page on asset_event (asset_id, id);
drop index asset_check_evaluation_page;
create index asset_check_evaluation_page on asset_check_evaluation (asset_id, check_name, id);
drop index automation_evaluation_page;
create index automation_evaluation_page on automation_evaluation (deployment_id, target, id);
drop index asset_freshness_change_page;
create index asset_freshness_change_page on asset_freshness_change (asset_id, id);

-- A tick is settled soon after it began, in the room that those before it have left.
alter table tick set (fillfactor = 90);

-- Versions of code locations are deleted as new ones come: which runs name one was looked for among all runs.
create index run_of_version on run (location_version_id);
