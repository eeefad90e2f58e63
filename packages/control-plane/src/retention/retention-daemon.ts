import { sql } from "kysely";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { getDeployment, isRetentionKnown } from "../deployments/deployment-store.ts";
import { deleteInBatches } from "./delete-in-batches.ts";
import { sweepLogs } from "../logs/sweep-logs.ts";
import { forgetRemovedLocations } from "./forget-locations.ts";

/** What is deleted by age, whatever the deployment's settings. */
const OLD_ROWS = [
  // What was done has had its effect; what failed may be asked about.
  { table: "work_item", isOld: sql`finished_at < now() - interval '1 hour' and state = 'done'` },
  { table: "work_item", isOld: sql`finished_at < now() - interval '7 days'` },
  { table: "tick_evaluation", isOld: sql`created_at < now() - interval '7 days'` },
  { table: "asset_report", isOld: sql`reported_at < now() - interval '7 days'` },
  // What was skipped tells little, and a sensor skips much.
  { table: "tick", isOld: sql`started_at < now() - interval '7 days' and status = 'SKIPPED'` },
];

/** What is deleted after `history_retention_days`. The newest of an asset or check stays: sensors and statuses go by it. */
const HISTORY = [
  { table: "run", at: sql`ended_at`, isSpare: sql`true` },
  { table: "instigator", at: sql`undefined_since`, isSpare: sql`tick_in_flight is null` },
  { table: "backfill", at: sql`ended_at`, isSpare: sql`true` },
  { table: "bulk_operation", at: sql`ended_at`, isSpare: sql`true` },
  { table: "asset_freshness_change", at: sql`changed_at`, isSpare: sql`true` },
  {
    table: "asset_event",
    at: sql`happened_at`,
    isSpare: sql`exists (select from asset_event newer where newer.asset_id = asset_event.asset_id
      and newer.kind = asset_event.kind and newer.id > asset_event.id)`,
  },
  {
    table: "asset_check_evaluation",
    at: sql`happened_at`,
    isSpare: sql`exists (select from asset_check_evaluation newer where newer.asset_id = asset_check_evaluation.asset_id
      and newer.check_name = asset_check_evaluation.check_name and newer.id > asset_check_evaluation.id)`,
  },
];

/** The newest evaluation of a condition stays: it says why it is as it is. */
const HAS_NEWER_EVALUATION = sql`exists (select from automation_evaluation newer
  where newer.deployment_id = automation_evaluation.deployment_id and newer.target = automation_evaluation.target
    and newer.id > automation_evaluation.id)`;

const HAS_EVALUATION = sql`exists (select from automation_evaluation where trees_id = automation_trees.id)`;

/**
 * Deletes what is past its time: captured output, ticks and the feed of changes after the deployment's `event_retention_days`, ended runs
 * and backfills, removed code locations and what was reported of assets after its `history_retention_days`, agents that are gone after
 * its `agent_retention_days`. What is known of assets now stays.
 */
export const retentionDaemon: DeploymentDaemon = {
  name: "retention",
  of: "deployment",
  wokenBy: () => [],
  intervalMs: 3_600_000,
  runsOn: "one",
  async tick(context, deploymentId) {
    const deployment = await getDeployment(context.db, deploymentId);
    const own = sql`deployment_id = ${deploymentId}`;
    if (isRetentionKnown(deployment, "event_retention_days")) {
      const past = sql`now() - ${deployment.settings.eventRetentionDays} * interval '1 day'`;
      await deleteInBatches(context, "log_chunk", sql`${own} and stored_at < ${past}`);
      await deleteInBatches(context, "run_change", sql`${own} and changed_at < ${past}`);
      await deleteInBatches(
        context,
        "automation_evaluation",
        sql`${own} and evaluated_at < ${past} and ${HAS_NEWER_EVALUATION}`,
      );
      await deleteInBatches(context, "automation_trees", sql`${own} and not ${HAS_EVALUATION}`);
      await deleteInBatches(
        context,
        "tick",
        sql`${own} and started_at < ${past} and finished_at is not null`,
      );
    }
    if (isRetentionKnown(deployment, "history_retention_days")) {
      const days = deployment.settings.historyRetentionDays;
      for (const { table, at, isSpare } of HISTORY) {
        const isPast = sql`${at} < now() - ${days} * interval '1 day'`;
        await deleteInBatches(context, table, sql`${own} and ${isPast} and ${isSpare}`);
      }
      await forgetRemovedLocations(context, deploymentId, days);
    }
    if (isRetentionKnown(deployment, "agent_retention_days")) {
      const days = deployment.settings.agentRetentionDays;
      const isGone = sql`last_heartbeat_at < now() - ${days} * interval '1 day'`;
      await deleteInBatches(context, "agent", sql`${own} and ${isGone}`);
    }
    for (const { table, isOld } of OLD_ROWS) await deleteInBatches(context, table, sql`${own} and ${isOld}`);
    await sweepLogs(context, deploymentId);
  },
};
