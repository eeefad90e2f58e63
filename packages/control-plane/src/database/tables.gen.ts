/** Made from the migrations by `npm run gen`; do not edit. JSON is written as text; instants are read to the millisecond. */
import type { ColumnType } from "kysely";

export interface AgentTable {
  deployment_id: ColumnType<string, string, string>;
  id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  kind: ColumnType<string, string, string>;
  version: ColumnType<string, string, string>;
  hostname: ColumnType<string, string, string>;
  queues: ColumnType<string[], string[] | undefined, string[]>;
  started_at: ColumnType<Date, Date | string, Date | string>;
  last_heartbeat_at: ColumnType<Date, Date | string, Date | string>;
  report: ColumnType<unknown, string | undefined, string>;
  stopped_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  token_id: ColumnType<string | null, string | null | undefined, string | null>;
  drained_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface AgentTokenTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  hash: ColumnType<Buffer, Buffer, Buffer>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  last_used_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  revoked_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  queues: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
}

export interface AssetTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  materialization_count: ColumnType<number, number | undefined, number>;
  last_materialization: ColumnType<unknown, string | null | undefined, string | null>;
  last_materialized_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  last_materialization_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  last_observation: ColumnType<unknown, string | null | undefined, string | null>;
  last_observed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  last_failed_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  last_failed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  data_version: ColumnType<string | null, string | null | undefined, string | null>;
  provenance: ColumnType<unknown, string | null | undefined, string | null>;
  version_sequence: ColumnType<number | null, number | null | undefined, number | null>;
  observed_version: ColumnType<string | null, string | null | undefined, string | null>;
  observed_sequence: ColumnType<number | null, number | null | undefined, number | null>;
  archived_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  rewrites: ColumnType<number, number | undefined, number>;
}

export interface AssetCheckEvaluationTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  asset_id: ColumnType<string, string, string>;
  check_name: ColumnType<string, string, string>;
  run_id: ColumnType<string | null, string | null | undefined, string | null>;
  partition_key: ColumnType<string | null, string | null | undefined, string | null>;
  passed: ColumnType<boolean, boolean, boolean>;
  severity: ColumnType<string, string, string>;
  blocking: ColumnType<boolean, boolean, boolean>;
  metadata: ColumnType<unknown, string | undefined, string>;
  message: ColumnType<string, string | undefined, string>;
  happened_at: ColumnType<Date, Date | string, Date | string>;
  reported_by: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface AssetCheckFailureTable {
  asset_id: ColumnType<string, string, string>;
  check_name: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  run_id: ColumnType<string, string, string>;
  failed_at: ColumnType<Date, Date | string, Date | string>;
  after_evaluation: ColumnType<number, number, number>;
}

export interface AssetEventTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  asset_id: ColumnType<string, string, string>;
  run_id: ColumnType<string | null, string | null | undefined, string | null>;
  step_key: ColumnType<string | null, string | null | undefined, string | null>;
  kind: ColumnType<string, string, string>;
  partition_key: ColumnType<string | null, string | null | undefined, string | null>;
  metadata: ColumnType<unknown, string | undefined, string>;
  tags: ColumnType<unknown, string | undefined, string>;
  data_version: ColumnType<string | null, string | null | undefined, string | null>;
  happened_at: ColumnType<Date, Date | string, Date | string>;
  reported_by: ColumnType<string | null, string | null | undefined, string | null>;
  description: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface AssetFormerKeyTable {
  deployment_id: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  asset_id: ColumnType<string, string, string>;
}

export interface AssetFreshnessTable {
  asset_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  policy: ColumnType<string, string, string>;
  materialized_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  state: ColumnType<string, string, string>;
  changed_at: ColumnType<Date, Date | string, Date | string>;
  next_change_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface AssetFreshnessChangeTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  asset_id: ColumnType<string, string, string>;
  previous_state: ColumnType<string, string, string>;
  state: ColumnType<string, string, string>;
  changed_at: ColumnType<Date, Date | string, Date | string>;
}

export interface AssetPartitionChunkTable {
  asset_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  place_row: ColumnType<string, string, string>;
  chunk: ColumnType<number, number, number>;
  materialized: ColumnType<Buffer, Buffer, Buffer>;
  failed: ColumnType<Buffer, Buffer, Buffer>;
  materialized_count: ColumnType<number, number, number>;
  failed_count: ColumnType<number, number, number>;
}

export interface AssetPartitionSetTable {
  asset_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  digest: ColumnType<Buffer, Buffer, Buffer>;
  definition: ColumnType<string, string, string>;
  dynamic_names: ColumnType<string[], string[], string[]>;
  has_unknown: ColumnType<boolean, boolean | undefined, boolean>;
  built_to: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface AssetPartitionStateTable {
  asset_id: ColumnType<string, string, string>;
  partition_key: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  last_materialized_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  last_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  last_failed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  last_materialization: ColumnType<unknown, string | null | undefined, string | null>;
  data_version: ColumnType<string | null, string | null | undefined, string | null>;
  provenance: ColumnType<unknown, string | null | undefined, string | null>;
  version_sequence: ColumnType<number | null, number | null | undefined, number | null>;
  last_observation: ColumnType<unknown, string | null | undefined, string | null>;
  last_observed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  observed_version: ColumnType<string | null, string | null | undefined, string | null>;
  observed_sequence: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface AssetReportTable {
  deployment_id: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  reported_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface AssetStaleChunkTable {
  asset_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  place_row: ColumnType<string, string, string>;
  chunk: ColumnType<number, number, number>;
  stale: ColumnType<Buffer, Buffer, Buffer>;
  stale_count: ColumnType<number, number, number>;
}

export interface AssetStaleMarkTable {
  deployment_id: ColumnType<string, string, string>;
  mark: ColumnType<unknown, string, string>;
  settles_at: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface AssetStaleSetTable {
  asset_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  definitions: ColumnType<Buffer, Buffer, Buffer>;
  inputs: ColumnType<Buffer, Buffer, Buffer>;
  whole_inputs: ColumnType<string[], string[] | undefined, string[]>;
  built_to: ColumnType<string | null, string | null | undefined, string | null>;
  evaluated_at: ColumnType<Date, Date | string, Date | string>;
}

export interface AutomationCursorTable {
  deployment_id: ColumnType<string, string, string>;
  target: ColumnType<string, string, string>;
  cursor: ColumnType<unknown, string, string>;
  evaluations: ColumnType<number, number | undefined, number>;
}

export interface AutomationEvaluationTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  round: ColumnType<number, number, number>;
  target: ColumnType<string, string, string>;
  evaluated_at: ColumnType<Date, Date | string, Date | string>;
  requested: ColumnType<unknown, string, string>;
  requested_count: ColumnType<number, number, number>;
  tree: ColumnType<unknown, string | null | undefined, string | null>;
  run_ids: ColumnType<string[], string[] | undefined, string[]>;
  backfill_id: ColumnType<string | null, string | null | undefined, string | null>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  trees_id: ColumnType<number | null, number | null | undefined, number | null>;
  tree_place: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface AutomationStateTable {
  deployment_id: ColumnType<string, string, string>;
  round: ColumnType<number, number, number>;
  evaluated_at: ColumnType<Date, Date | string, Date | string>;
  definitions: ColumnType<string, string, string>;
  feed_seq: ColumnType<number, number, number>;
  events_seen: ColumnType<unknown, string, string>;
  checks_seen: ColumnType<unknown, string, string>;
}

export interface AutomationTouchTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  asset_key: ColumnType<string, string, string>;
}

export interface AutomationTreesTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  document: ColumnType<Buffer, Buffer, Buffer>;
}

export interface BackfillTable {
  id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  title: ColumnType<string | null, string | null | undefined, string | null>;
  status: ColumnType<string, string | undefined, string>;
  paused: ColumnType<boolean, boolean | undefined, boolean>;
  message: ColumnType<string | null, string | null | undefined, string | null>;
  job_name: ColumnType<string | null, string | null | undefined, string | null>;
  run_config: ColumnType<unknown, string | null | undefined, string | null>;
  tags: ColumnType<unknown, string | undefined, string>;
  origin_kind: ColumnType<string, string, string>;
  origin_name: ColumnType<string | null, string | null | undefined, string | null>;
  parent_id: ColumnType<string | null, string | null | undefined, string | null>;
  feed_seq: ColumnType<number, number, number>;
  run_count: ColumnType<number, number | undefined, number>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface BackfillTargetTable {
  backfill_id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  location_name: ColumnType<string, string, string>;
  partitions: ColumnType<string | null, string | null | undefined, string | null>;
  targeted: ColumnType<unknown, string, string>;
  requested: ColumnType<unknown, string, string>;
  materialized: ColumnType<unknown, string, string>;
  failed: ColumnType<unknown, string, string>;
  skipped: ColumnType<unknown, string, string>;
  targeted_count: ColumnType<number, number, number>;
  requested_count: ColumnType<number, number | undefined, number>;
  materialized_count: ColumnType<number, number | undefined, number>;
  failed_count: ColumnType<number, number | undefined, number>;
  skipped_count: ColumnType<number, number | undefined, number>;
}

export interface BulkOperationTable {
  id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  kind: ColumnType<string, string, string>;
  filter: ColumnType<unknown, string, string>;
  strategy: ColumnType<string | null, string | null | undefined, string | null>;
  origin_kind: ColumnType<string, string, string>;
  origin_name: ColumnType<string | null, string | null | undefined, string | null>;
  status: ColumnType<string, string | undefined, string>;
  total: ColumnType<number, number, number>;
  done: ColumnType<number, number | undefined, number>;
  refused: ColumnType<number, number | undefined, number>;
  refusals: ColumnType<unknown, string | undefined, string>;
  last_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  asset_keys: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  last_run_created_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface CodeLocationTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  document: ColumnType<unknown, string, string>;
  revision: ColumnType<number, number | undefined, number>;
  serving_version_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  updated_at: ColumnType<Date, Date | string | undefined, Date | string>;
  removed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  queue: ColumnType<string, never, never>;
  instigators_of: ColumnType<string | null, string | null | undefined, string | null>;
  runs_paused_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface DaemonHeartbeatTable {
  deployment_id: ColumnType<string, string, string>;
  daemon: ColumnType<string, string, string>;
  replica: ColumnType<string, string, string>;
  last_tick_at: ColumnType<Date, Date | string, Date | string>;
  ticks: ColumnType<number, number, number>;
  failures: ColumnType<number, number, number>;
  last_tick_ms: ColumnType<number, number, number>;
  longest_tick_ms: ColumnType<number, number, number>;
  last_error: ColumnType<unknown, string | null | undefined, string | null>;
  told_at: ColumnType<Date, Date | string | undefined, Date | string>;
  last_lateness_ms: ColumnType<number, number | undefined, number>;
  longest_lateness_ms: ColumnType<number, number | undefined, number>;
  is_failing: ColumnType<boolean, boolean | undefined, boolean>;
  last_error_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface DaemonLeaseTable {
  deployment_id: ColumnType<string, string, string>;
  daemon: ColumnType<string, string, string>;
  replica: ColumnType<string, string, string>;
  fence: ColumnType<number, number | undefined, number>;
  lease_until: ColumnType<Date, Date | string, Date | string>;
}

export interface DeploymentTable {
  id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  settings: ColumnType<unknown, string | undefined, string>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface DeploymentSnapshotTable {
  deployment_id: ColumnType<string, string, string>;
  digest: ColumnType<Buffer, Buffer, Buffer>;
}

export interface DynamicPartitionTable {
  deployment_id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  id: ColumnType<number, never, never>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface FeedCursorTable {
  deployment_id: ColumnType<string, string, string>;
  reader: ColumnType<string, string, string>;
  seq: ColumnType<number, number | undefined, number>;
}

export interface InstigatorTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  location_name: ColumnType<string, string, string>;
  kind: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  key_name: ColumnType<string, string, string>;
  rule: ColumnType<unknown, string | null | undefined, string | null>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  running_by_default: ColumnType<boolean, boolean | undefined, boolean>;
  switched: ColumnType<string | null, string | null | undefined, string | null>;
  running_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  decided_up_to: ColumnType<Date, Date | string, Date | string>;
  next_due: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  tick_in_flight: ColumnType<string | null, string | null | undefined, string | null>;
  last_tick_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  failures: ColumnType<number, number | undefined, number>;
  cursor: ColumnType<string | null, string | null | undefined, string | null>;
  event_cursor: ColumnType<string | null, string | null | undefined, string | null>;
  undefined_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface LaunchedRunKeyTable {
  run_id: ColumnType<string, string, string>;
  instigator_id: ColumnType<string, string, string>;
}

export interface LocationVersionTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  location_id: ColumnType<string, string, string>;
  revision: ColumnType<number, number, number>;
  state: ColumnType<string, string, string>;
  code_digest: ColumnType<string | null, string | null | undefined, string | null>;
  snapshot_digest: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  error: ColumnType<unknown, string | null | undefined, string | null>;
  agent_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  loaded_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  warnings: ColumnType<string[], string[] | undefined, string[]>;
  document: ColumnType<unknown, string | null | undefined, string | null>;
  asked_by: ColumnType<string | null, string | null | undefined, string | null>;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  based_on: ColumnType<number | null, number | null | undefined, number | null>;
  retry_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface LogChunkTable {
  run_id: ColumnType<string, string, string>;
  attempt: ColumnType<number, number, number>;
  stream: ColumnType<string, string, string>;
  byte_offset: ColumnType<number, number, number>;
  bytes: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  deployment_id: ColumnType<string, string, string>;
  stored_at: ColumnType<Date, Date | string | undefined, Date | string>;
  byte_length: ColumnType<number, number, number>;
  line_count: ColumnType<number | null, number | null | undefined, number | null>;
  writer: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface LogSweepTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  run_id: ColumnType<string, string, string>;
}

export interface MigrationTable {
  name: ColumnType<string, string, string>;
  checksum: ColumnType<string, string, string>;
  applied_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface PoolTable {
  deployment_id: ColumnType<string, string, string>;
  name: ColumnType<string, string, string>;
  slot_limit: ColumnType<number, number, number>;
  updated_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface PoolSlotTable {
  run_id: ColumnType<string, string, string>;
  attempt: ColumnType<number, number, number>;
  step_key: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  pool: ColumnType<string, string, string>;
  priority: ColumnType<number, number, number>;
  asked_at: ColumnType<Date, Date | string | undefined, Date | string>;
  granted_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface RunTable {
  id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  location_name: ColumnType<string, string, string>;
  location_version_id: ColumnType<string | null, string | null | undefined, string | null>;
  job_name: ColumnType<string, string, string>;
  status: ColumnType<string, string, string>;
  failure_reason: ColumnType<string | null, string | null | undefined, string | null>;
  failure_message: ColumnType<string | null, string | null | undefined, string | null>;
  run_config: ColumnType<unknown, string | undefined, string>;
  tags: ColumnType<unknown, string | undefined, string>;
  asset_selection: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  check_selection: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  step_selection: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  asset_keys: ColumnType<string[], string[] | undefined, string[]>;
  partition_key: ColumnType<string | null, string | null | undefined, string | null>;
  priority: ColumnType<number, number | undefined, number>;
  root_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  parent_run_id: ColumnType<string | null, string | null | undefined, string | null>;
  attempt: ColumnType<number, number | undefined, number>;
  event_count: ColumnType<number, number | undefined, number>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  history: ColumnType<unknown, string | null | undefined, string | null>;
  partition_start: ColumnType<string | null, string | null | undefined, string | null>;
  partition_end: ColumnType<string | null, string | null | undefined, string | null>;
  partition_keys: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  origin_kind: ColumnType<string, string | undefined, string>;
  origin_name: ColumnType<string | null, string | null | undefined, string | null>;
  waiting_until: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  pools: ColumnType<unknown, string | null | undefined, string | null>;
  held_by: ColumnType<string | null, string | null | undefined, string | null>;
  retry_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  retry_run_id: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface RunAssetTable {
  deployment_id: ColumnType<string, string, string>;
  asset_key: ColumnType<string, string, string>;
  run_id: ColumnType<string, string, string>;
  created_at: ColumnType<Date, Date | string, Date | string>;
}

export interface RunAttemptTable {
  run_id: ColumnType<string, string, string>;
  attempt: ColumnType<number, number, number>;
  deployment_id: ColumnType<string, string, string>;
  token_hash: ColumnType<Buffer, Buffer, Buffer>;
  agent_id: ColumnType<string | null, string | null | undefined, string | null>;
  state: ColumnType<string, string | undefined, string>;
  worker: ColumnType<unknown, string | undefined, string>;
  lease_until: ColumnType<Date, Date | string, Date | string>;
  next_sequence: ColumnType<number, number | undefined, number>;
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  exit: ColumnType<unknown, string | null | undefined, string | null>;
  lease_seconds: ColumnType<number, number | undefined, number>;
  unreachable_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  stop_asked_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  outlives_run_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  blocked_since: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  held_by: ColumnType<string | null, string | null | undefined, string | null>;
  output_place: ColumnType<string | null, string | null | undefined, string | null>;
  output_link: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface RunChangeTable {
  id: ColumnType<number, never, never>;
  deployment_id: ColumnType<string, string, string>;
  seq: ColumnType<number | null, number | null | undefined, number | null>;
  run_id: ColumnType<string, string, string>;
  position: ColumnType<number, number, number>;
  status: ColumnType<string, string, string>;
  failure_reason: ColumnType<string | null, string | null | undefined, string | null>;
  happened_at: ColumnType<Date, Date | string, Date | string>;
  changed_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface RunEventTable {
  run_id: ColumnType<string, string, string>;
  position: ColumnType<number, number, number>;
  attempt: ColumnType<number, number, number>;
  sequence: ColumnType<number, number, number>;
  deployment_id: ColumnType<string, string, string>;
  type: ColumnType<string, string, string>;
  step_key: ColumnType<string | null, string | null | undefined, string | null>;
  level: ColumnType<string | null, string | null | undefined, string | null>;
  message: ColumnType<string, string, string>;
  happened_at: ColumnType<Date, Date | string, Date | string>;
  stored_at: ColumnType<Date, Date | string | undefined, Date | string>;
  event: ColumnType<unknown, string, string>;
}

export interface RunFeedTable {
  deployment_id: ColumnType<string, string, string>;
  last_seq: ColumnType<number, number | undefined, number>;
}

export interface RunTagTable {
  deployment_id: ColumnType<string, string, string>;
  run_id: ColumnType<string, string, string>;
  key: ColumnType<string, string, string>;
  value: ColumnType<string, string, string>;
  created_at: ColumnType<Date, Date | string, Date | string>;
}

export interface SnapshotTable {
  digest: ColumnType<Buffer, Buffer, Buffer>;
  document: ColumnType<Buffer, Buffer, Buffer>;
  size: ColumnType<number, number, number>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
}

export interface TickTable {
  id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  instigator_id: ColumnType<string, string, string>;
  scheduled_at: ColumnType<Date, Date | string, Date | string>;
  status: ColumnType<string, string, string>;
  skip_reason: ColumnType<string | null, string | null | undefined, string | null>;
  error: ColumnType<unknown, string | null | undefined, string | null>;
  run_ids: ColumnType<string[], string[] | undefined, string[]>;
  event_cursor: ColumnType<string | null, string | null | undefined, string | null>;
  started_at: ColumnType<Date, Date | string | undefined, Date | string>;
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  logs: ColumnType<unknown, string | undefined, string>;
}

export interface TickEvaluationTable {
  id: ColumnType<string, string, string>;
  deployment_id: ColumnType<string, string, string>;
  state: ColumnType<string, string | undefined, string>;
  result: ColumnType<unknown, string | null | undefined, string | null>;
  error: ColumnType<unknown, string | null | undefined, string | null>;
  event_cursor: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export interface WorkItemTable {
  id: ColumnType<string, string | undefined, string>;
  deployment_id: ColumnType<string, string, string>;
  queue: ColumnType<string, string | undefined, string>;
  kind: ColumnType<string, string, string>;
  idempotency_key: ColumnType<string, string, string>;
  payload: ColumnType<unknown, string, string>;
  state: ColumnType<string, string | undefined, string>;
  priority: ColumnType<number, number | undefined, number>;
  deliveries: ColumnType<number, number | undefined, number>;
  agent_id: ColumnType<string | null, string | null | undefined, string | null>;
  lease_until: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  available_at: ColumnType<Date, Date | string | undefined, Date | string>;
  deadline: ColumnType<Date, Date | string, Date | string>;
  error: ColumnType<unknown, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | string | undefined, Date | string>;
  finished_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  run_token: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface Database {
  agent: AgentTable;
  agent_token: AgentTokenTable;
  asset: AssetTable;
  asset_check_evaluation: AssetCheckEvaluationTable;
  asset_check_failure: AssetCheckFailureTable;
  asset_event: AssetEventTable;
  asset_former_key: AssetFormerKeyTable;
  asset_freshness: AssetFreshnessTable;
  asset_freshness_change: AssetFreshnessChangeTable;
  asset_partition_chunk: AssetPartitionChunkTable;
  asset_partition_set: AssetPartitionSetTable;
  asset_partition_state: AssetPartitionStateTable;
  asset_report: AssetReportTable;
  asset_stale_chunk: AssetStaleChunkTable;
  asset_stale_mark: AssetStaleMarkTable;
  asset_stale_set: AssetStaleSetTable;
  automation_cursor: AutomationCursorTable;
  automation_evaluation: AutomationEvaluationTable;
  automation_state: AutomationStateTable;
  automation_touch: AutomationTouchTable;
  automation_trees: AutomationTreesTable;
  backfill: BackfillTable;
  backfill_target: BackfillTargetTable;
  bulk_operation: BulkOperationTable;
  code_location: CodeLocationTable;
  daemon_heartbeat: DaemonHeartbeatTable;
  daemon_lease: DaemonLeaseTable;
  deployment: DeploymentTable;
  deployment_snapshot: DeploymentSnapshotTable;
  dynamic_partition: DynamicPartitionTable;
  feed_cursor: FeedCursorTable;
  instigator: InstigatorTable;
  launched_run_key: LaunchedRunKeyTable;
  location_version: LocationVersionTable;
  log_chunk: LogChunkTable;
  log_sweep: LogSweepTable;
  migration: MigrationTable;
  pool: PoolTable;
  pool_slot: PoolSlotTable;
  run: RunTable;
  run_asset: RunAssetTable;
  run_attempt: RunAttemptTable;
  run_change: RunChangeTable;
  run_event: RunEventTable;
  run_feed: RunFeedTable;
  run_tag: RunTagTable;
  snapshot: SnapshotTable;
  tick: TickTable;
  tick_evaluation: TickEvaluationTable;
  work_item: WorkItemTable;
}
