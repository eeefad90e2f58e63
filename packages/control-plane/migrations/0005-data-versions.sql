-- Versions beside the documents: staleness reads those of ten thousand assets at once. `provenance` is what a materialization
-- was made from, see VersionProvenance in @millrace/model; `…_sequence` is the id of the event, which may be deleted.
alter table asset
  add column data_version text,
  add column provenance jsonb,
  add column version_sequence bigint,
  add column observed_version text,
  add column observed_sequence bigint;
update asset set
  data_version = last_materialization ->> 'dataVersion', version_sequence = (last_materialization ->> 'id')::bigint,
  observed_version = last_observation ->> 'dataVersion', observed_sequence = (last_observation ->> 'id')::bigint;

-- A partition has a row from its first materialization, observation or failure on.
alter table asset_partition_state
  add column last_materialization jsonb,
  add column data_version text,
  add column provenance jsonb,
  add column version_sequence bigint,
  add column last_observation jsonb,
  add column last_observed_at timestamptz,
  add column observed_version text,
  add column observed_sequence bigint;
update asset_partition_state p set
  data_version = e.data_version, version_sequence = e.id,
  last_materialization = jsonb_build_object('id', e.id::text, 'runId', e.run_id, 'stepKey', e.step_key, 'partitionKey', e.partition_key,
    'metadata', e.metadata, 'tags', e.tags, 'dataVersion', e.data_version)
from (select distinct on (asset_id, partition_key) * from asset_event
  where kind = 'materialization' and partition_key is not null
  order by asset_id, partition_key, happened_at desc, id desc) e
where e.asset_id = p.asset_id and e.partition_key = p.partition_key;
