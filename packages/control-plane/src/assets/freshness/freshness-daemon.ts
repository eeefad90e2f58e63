import { sql } from "kysely";
import { followFreshness } from "@millrace/model/freshness/follow-freshness";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { topics } from "@millrace/model/topic";
import type { EventMark } from "../../events/event-mark.ts";
import type { DaemonContext, DeploymentDaemon } from "../../daemons/daemon.ts";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { listServingSnapshots, type ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { markEvents } from "../../events/mark-events.ts";
import { isSettled, readFreshnessNews } from "./freshness-news.ts";
import { forgetFreshness, hasOthers, listDueAssets, storeFreshness } from "./freshness-store.ts";

const INTERVAL_MS = 60_000;

/** What a replica knows of a deployment between two ticks. */
interface KnownDeployment {
  /** Which snapshots its locations serve. */
  readonly definitions: string;
  /** By key, as the snapshots have them. */
  readonly policies: ReadonlyMap<string, string>;
  /** The events that were looked at. */
  readonly mark: EventMark;
  /** Whether all of the assets were looked at once nothing before the mark was still to come. */
  readonly isWhole: boolean;
  /** When all of them were looked at last, by the monotonic clock. */
  readonly lookedAt: number;
}

/**
 * Notes how fresh assets are in the moment in which that changes: when a deadline passes, or the asset is materialized. It looks at
 * those of which that may be so; at all of them when definitions have changed, and once a minute for what no event tells, such as keys
 * that have become one.
 */
export function createFreshnessDaemon(): DeploymentDaemon {
  const known = new Map<string, KnownDeployment>();
  return {
    name: "freshness",
    of: "deployment",
    wokenBy: (deploymentId) => [topics.assets(deploymentId), topics.locations(deploymentId)],
    dues: sql`select deployment_id, next_change_at as due from asset_freshness where next_change_at is not null`,
    intervalMs: INTERVAL_MS,
    runsOn: "one",
    async isIdle({ db, clock }, deploymentId) {
      const serving = await listServingSnapshots(db, deploymentId);
      const current = ifCurrent(known.get(deploymentId) ?? null, serving, clock.monotonic());
      if (current === null)
        return collectPolicies(serving).size === 0 && !(await hasOthers(db, deploymentId, []));
      const { policies, mark } = await readNews(db, deploymentId, current);
      if (policies.size > 0) return false;
      known.set(deploymentId, { ...current, mark });
      return true;
    },
    async tick(context, deploymentId) {
      const before = known.get(deploymentId) ?? null;
      // What a tick that fails has read is looked at again.
      known.delete(deploymentId);
      known.set(deploymentId, await follow(context, deploymentId, before));
    },
  };
}

async function follow(
  context: DaemonContext,
  deploymentId: string,
  before: KnownDeployment | null,
): Promise<KnownDeployment> {
  const { db, clock } = context;
  const serving = await listServingSnapshots(db, deploymentId);
  const now = clock.monotonic();
  const current = ifCurrent(before, serving, now);
  if (current !== null) {
    const { policies, mark } = await readNews(db, deploymentId, current);
    if (policies.size > 0) await followAssets(context, deploymentId, policies, false);
    return { ...current, mark };
  }
  const mark = before?.mark ?? (await markEvents(db));
  const isWhole = await isSettled(db, mark);
  const policies = collectPolicies(serving);
  await followAssets(context, deploymentId, policies, true);
  return { definitions: nameDefinitions(serving), policies, mark, isWhole, lookedAt: now };
}

/** What is known, if it is enough to look at what has happened since. */
function ifCurrent(
  known: KnownDeployment | null,
  serving: readonly ServingSnapshot[],
  now: number,
): KnownDeployment | null {
  if (known === null || !known.isWhole || now - known.lookedAt >= INTERVAL_MS) return null;
  return known.definitions === nameDefinitions(serving) ? known : null;
}

function nameDefinitions(serving: readonly ServingSnapshot[]): string {
  return serving.map(({ locationName, digest }) => `${locationName} ${digest}`).join("\n");
}

/** The policies of assets that were materialized since, or whose time has come, and the mark after that. */
async function readNews(
  db: Db,
  deploymentId: string,
  known: KnownDeployment,
): Promise<Pick<KnownDeployment, "policies" | "mark">> {
  const { keys, mark } = await readFreshnessNews(db, deploymentId, known.mark);
  return { policies: new Map(keys.flatMap((key) => listEntry(known.policies, key))), mark };
}

function listEntry(policies: ReadonlyMap<string, string>, key: string): [key: string, policy: string][] {
  const policy = policies.get(key);
  return policy === undefined ? [] : [[key, policy]];
}

/** The policy of each asset that has one; of a key that several locations define, the first one's. */
function collectPolicies(serving: readonly ServingSnapshot[]): Map<string, string> {
  const policies = new Map<string, string>();
  for (const { snapshot } of serving)
    for (const { key, freshnessPolicy } of snapshot.assets)
      if (freshnessPolicy !== undefined && !policies.has(key)) policies.set(key, freshnessPolicy);
  return policies;
}

/** @param isAll whether these are all policies that there are: the freshness of other assets is forgotten. */
async function followAssets(
  { db, holdPlace }: DaemonContext,
  deploymentId: string,
  policies: ReadonlyMap<string, string>,
  isAll: boolean,
): Promise<void> {
  const { now, assets } = await listDueAssets(db, deploymentId, policies);
  const hasGone = isAll && (await hasOthers(db, deploymentId, [...policies.keys()]));
  if (assets.length === 0 && !hasGone) return;
  const followed = assets.map(({ assetId, policy, materializedAt, known }) => ({
    ...followFreshness(known, JSON.parse(policy) as FreshnessPolicy, materializedAt, now),
    assetId,
    policy,
  }));
  await inTransaction(db, async (trx) => {
    await holdPlace(trx);
    if (followed.length > 0) await storeFreshness(trx, deploymentId, followed);
    if (hasGone) await forgetFreshness(trx, deploymentId, [...policies.keys()]);
    // Telling of nothing new would wake this daemon again.
    if (hasGone || followed.some(({ changes }) => changes.length > 0))
      await notifyChange(trx, topics.assets(deploymentId));
  });
}
