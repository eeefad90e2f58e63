export { createClient, type Client } from "./client.ts";
export type { ConnectionOptions } from "./connection/user-api.ts";

// Runs.
export type { LaunchSettings } from "./runs/launch.ts";
export type { RunFilter } from "./runs/list-runs.ts";
export type { FollowOptions } from "./connection/follow.ts";
export type { EventOptions, FollowedEvent, LogOptions } from "./runs/follow-run.ts";
export type { ReexecuteOptions } from "./runs/reexecute.ts";
export type { Run } from "./runs/run.ts";
export type { EndedRun, RunState } from "./runs/run-state.ts";

// Backfills.
export type { Backfill } from "./backfills/backfill.ts";
export type { BackfillState, BackfillTargetState, EndedBackfill } from "./backfills/backfill-state.ts";
export type { BackfillSettings } from "./backfills/launch-backfill.ts";
export type { BackfillFilter } from "./backfills/list-backfills.ts";

// Assets.
export type { AssetFilter, ListedAsset } from "./assets/list-assets.ts";
export type { AssetCheckState, AssetEvent, AssetState, CheckEvaluation } from "./assets/asset-state.ts";
export type { CheckReport, Reported, VersionReport } from "./assets/report.ts";

// What may go wrong.
export {
  ClientError,
  InvalidRunConfig,
  NotAllowed,
  NotAServer,
  PartitionRequired,
  RequestRefused,
  ServerUnreachable,
  TokenRefused,
  UnknownDefinition,
  type RunConfigIssue,
} from "./errors/client-error.ts";
