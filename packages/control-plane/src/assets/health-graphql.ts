import { FRESHNESS_STATES } from "@millrace/model/freshness/evaluate-freshness";
import { assessHealth, HEALTH_STATUSES, type AssetHealth } from "@millrace/model/freshness/asset-health";
import { isFinished } from "@millrace/model/run-status";
import type { UserContext } from "../graphql/context.ts";
import { builder } from "../graphql/builder.ts";
import { runLoader } from "../runs/run-loaders.ts";
import {
  assetRecordLoader,
  checkFailureLoader,
  freshnessLoader,
  latestEvaluationLoader,
  partitionCountsLoader,
  retriedFailuresLoader,
} from "./asset-loaders.ts";
import { isLater } from "./asset-status.ts";
import type { CheckEvaluation } from "./check-store.ts";
import type { ListedAsset } from "./list-assets.ts";
import { readPartitions } from "./partition-sets/read-partitions.ts";
import type { AssetFreshness, StoredFreshnessChange } from "./freshness/freshness-store.ts";

const FreshnessStateType = builder.enumType("FreshnessState", { values: FRESHNESS_STATES });

export const AssetFreshnessType = builder.objectRef<AssetFreshness>("AssetFreshness").implement({
  description: "How fresh an asset with a freshness policy is, as noted when that changed.",
  fields: (t) => ({
    state: t.expose("state", { type: FreshnessStateType }),
    changedAt: t.expose("changedAt", { type: "DateTime" }),
    nextChangeAt: t.expose("nextChangeAt", {
      type: "DateTime",
      nullable: true,
      description: "When time alone may change it next; null: never.",
    }),
  }),
});

export const AssetFreshnessChangeType = builder
  .objectRef<StoredFreshnessChange>("AssetFreshnessChange")
  .implement({
    fields: (t) => ({
      id: t.exposeID("id"),
      previousState: t.expose("previousState", { type: FreshnessStateType }),
      state: t.expose("state", { type: FreshnessStateType }),
      changedAt: t.expose("changedAt", {
        type: "DateTime",
        description: "When the deadline passed, or the asset was materialized.",
      }),
    }),
  });

const HealthStatusType = builder.enumType("AssetHealthStatus", { values: HEALTH_STATUSES });

export const AssetHealthType = builder.objectRef<AssetHealth>("AssetHealth").implement({
  description: "As bad as the worst of its parts. What is under way changes nothing.",
  fields: (t) => ({
    status: t.expose("status", { type: HealthStatusType }),
    materialization: t.expose("materialization", { type: HealthStatusType }),
    checks: t.expose("checks", { type: HealthStatusType }),
    freshness: t.expose("freshness", { type: HealthStatusType }),
  }),
});

/** Reads what an asset's health follows from, and folds it. */
export async function loadHealth({ key, defined }: ListedAsset, context: UserContext): Promise<AssetHealth> {
  const described = defined?.definition.partitions;
  const [record, freshness, counts, checks] = await Promise.all([
    assetRecordLoader(context).load(key),
    freshnessLoader(context).load(key),
    described === undefined
      ? null
      : partitionCountsLoader(context).load({ key, partitions: readPartitions(described) }),
    Promise.all(
      (defined?.checks ?? []).map(async ({ assetKey, name }) =>
        (await checkFailureLoader(context).load({ assetKey, name }))
          ? "failed"
          : standingOf(await latestEvaluationLoader(context).load({ assetKey, name })),
      ),
    ),
  ]);
  const hasFailed =
    counts === null
      ? record !== undefined && isLater(record.lastFailedAt, record.lastMaterializedAt)
      : counts.failed > 0;
  const willRetry =
    hasFailed &&
    (counts === null
      ? await isRetried(record?.lastFailedRunId ?? null, context)
      : (await retriedFailuresLoader(context).load(key)) >= counts.failed);
  const hasPolicy = defined?.definition.freshnessPolicy !== undefined;
  return assessHealth({
    isMaterialized: record !== undefined && record.lastMaterializedAt !== null,
    hasFailed,
    willRetry,
    checks,
    freshness: hasPolicy ? (freshness?.state ?? "UNKNOWN") : null,
  });
}

/** Whether a run that has failed is launched again by itself, or its retry goes on. */
async function isRetried(runId: string | null, context: UserContext): Promise<boolean> {
  const run = runId === null ? null : await runLoader(context).load(runId);
  if (run?.retryRunId == null) return (run?.retryAt ?? null) !== null;
  const retry = await runLoader(context).load(run.retryRunId);
  return retry !== null && !isFinished(retry.status);
}

function standingOf(evaluation: CheckEvaluation | null): "passed" | "warned" | "failed" | "unknown" {
  if (evaluation === null) return "unknown";
  if (evaluation.passed) return "passed";
  return evaluation.severity === "WARN" ? "warned" : "failed";
}
