-- What was reported of assets is deleted by age, and lies in the order of its age.
create index asset_event_age on asset_event using brin (happened_at);
create index asset_check_evaluation_age on asset_check_evaluation using brin (happened_at);
-- Ended runs are deleted by age.
create index run_ended on run using brin (ended_at);
