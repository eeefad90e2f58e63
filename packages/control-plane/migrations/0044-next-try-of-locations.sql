-- When the agent loads a version again that has failed; null: it waits for a change.
alter table location_version add column retry_at timestamptz;
