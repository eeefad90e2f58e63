import type { AutomationPlan } from "@millrace/model/automation/automation-plan";
import type { AutomationCursor, AutomationState } from "@millrace/model/automation/cursor";
import { evaluateRound } from "@millrace/model/automation/evaluate-automation";
import type { TargetEvaluation } from "@millrace/model/automation/evaluate-target";
import { renameCursors, renameTarget } from "@millrace/model/automation/rename-cursors";
import { targetName } from "@millrace/model/automation/asset-state-view";
import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { serializeSubset } from "@millrace/model/partitions/serialize-subset";
import { isEmptySubset, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { getAssetCatalog, type AssetCatalog } from "../assets/catalog/asset-catalog.ts";
import type { DaemonContext } from "../daemons/daemon.ts";
import type { Db } from "../database/connect.ts";
import { getDeployment } from "../deployments/deployment-store.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { findNewestRunChange } from "../events/change-feed.ts";
import {
  deleteTouched,
  findRound,
  insertEvaluations,
  loadCursors,
  renameTargets,
  storeCursors,
  storeRound,
  type StoredRound,
} from "./automation-store.ts";
import { hasConditions, listWatched } from "./automation-assets.ts";
import { isKept, toRecord } from "./evaluation-record.ts";
import { loadActiveRuns, loadFacts, refreshFacts, type AssetFacts, type RunFacts } from "./facts-store.ts";
import { launchRequests } from "./launch-requests.ts";
import {
  listTouched,
  isComplete,
  markVisible,
  readEventNews,
  readMoment,
  type SeenEvents,
} from "./news-store.ts";
import { loadMissing, loadMissingRuns } from "./load-missing.ts";
import { createFactChanges } from "./fact-changes.ts";
import { readServedPlan } from "./served-plan.ts";
import { planRequests } from "./plan-requests.ts";
import { findDynamicAssets, readBackfills, readDynamicKeys, readRunNews } from "./read-news.ts";
import { TREES_OF_DOCUMENT, writeTrees } from "./tree-document.ts";
import { createStateView, nothingMissing, type Loaded, type RoundNews } from "./state-view.ts";

/** What a replica keeps of a deployment from one round to the next, so that a round reads only what has changed. */
export interface KnownDeployment {
  readonly round: number;
  readonly plan: AutomationPlan;
  readonly cursors: ReadonlyMap<string, AutomationCursor>;
  readonly facts: Map<string, AssetFacts>;
  readonly activeRuns: Map<string, RunFacts>;
  /** By asset, as text. */
  readonly backfills: ReadonlyMap<string, PartitionsSubset>;
  /** Keys of dynamic partitions, as text, by their name. */
  readonly dynamicKeys: ReadonlyMap<string, string>;
}

/** How a round ended. */
export interface RoundOutcome {
  /** To be given to the next round; null: nothing is evaluated. */
  readonly known: KnownDeployment | null;
  /** Milliseconds until a condition may come to something else by time alone; null: never. */
  readonly nextInMs: number | null;
}

/** Whether no round can do anything: nothing has a condition, and nothing had one; or conditions are switched off. */
export async function isIdle(db: Db, deploymentId: string): Promise<boolean> {
  const catalog = await getAssetCatalog(db, deploymentId);
  if (!hasConditions(catalog) && (await findRound(db, deploymentId)) === null) return true;
  const { settings } = await getDeployment(db, deploymentId);
  return !settings.automationEnabled;
}

const NOTHING: RoundOutcome = { known: null, nextInMs: null };
/** Milliseconds until it is looked again whether events of transactions under way are all visible. */
const SETTLE_MS = 250;

/**
 * Evaluates what may have changed in a deployment since the round before, and launches what conditions ask for. What they remember, how
 * far the events are seen and what is launched is stored in one transaction: after a crash all of it happens again, or nothing.
 *
 * @param known what the round before left in this replica; null: nothing, so it is read anew.
 * @param begun what this replica saw of each deployment before its first round.
 */
export async function evaluateDeployment(
  context: DaemonContext,
  deploymentId: string,
  known: KnownDeployment | null,
  begun: Map<string, SeenEvents>,
): Promise<RoundOutcome> {
  const { db } = context;
  const { catalog, plan, isOn } = await readServedPlan(db, deploymentId);
  if (!isOn) return NOTHING;
  const stored = await findRound(db, deploymentId);
  if (stored === null && plan.units.every(({ targets }) => targets.length === 0)) return NOTHING;
  if (stored === null && !begun.has(deploymentId)) begun.set(deploymentId, await markVisible(db));
  const moment = await readMoment(db);
  const before = stored ?? (await beginRounds(db, deploymentId, moment.oldest, begun));
  if (before === null) return { known: null, nextInMs: SETTLE_MS };
  const memory = await recall(db, deploymentId, before, plan, catalog, known);
  const { seen, news, feedSeq, touched, loaded } = await readNews(
    db,
    deploymentId,
    { before, plan, memory, catalog },
    moment.oldest,
  );
  const state: AutomationState | null = stored && {
    time: stored.time,
    lastEvent: stored.round,
    definitions: stored.definitions,
    cursors: memory.cursors,
  };
  const { next, evaluations } = await evaluate(
    db,
    deploymentId,
    catalog,
    plan,
    loaded,
    news,
    state,
    moment.now,
  );
  const remembered = {
    plan,
    cursors: next.cursors,
    facts: loaded.facts,
    activeRuns: memory.activeRuns,
    backfills: loaded.inBackfill,
    dynamicKeys: textOf(loaded.dynamicKeys),
  };
  const hasNews = before.feedSeq !== feedSeq || before.seen !== seen || touched.length > 0;
  if (!hasNews && evaluations.length === 0 && stored?.definitions === plan.digest)
    return { known: { ...remembered, round: before.round }, nextInMs: untilNext(next, moment.now) };
  const requests = evaluations.filter(({ requested }) => !isEmptySubset(requested));
  const evaluated = new Map(evaluations.map(({ target, cursor }) => [targetName(target), cursor]));
  const kept = evaluations.filter((each) =>
    isKept(each, memory.cursors.get(targetName(each.target)) ?? null),
  );
  const trees = writeDocuments(plan, kept);
  const round = { round: news.round, time: moment.now, definitions: plan.digest, feedSeq, seen };
  await inTransaction(db, async (trx) => {
    await context.holdPlace(trx);
    await storeRound(trx, deploymentId, round);
    await storeCursors(
      trx,
      deploymentId,
      evaluated,
      [...memory.stored].filter((name) => !next.cursors.has(name)),
    );
    await renameTargets(trx, deploymentId, memory.renamed);
    await deleteTouched(trx, touched);
    const groups = planRequests(plan.assets, requests);
    const launched = await launchRequests(trx, deploymentId, news.round, groups, context);
    const records = kept.map((evaluation) => toRecord(plan.assets, evaluation, launched));
    await insertEvaluations(trx, deploymentId, round, records, trees);
  });
  return { known: { ...remembered, round: news.round }, nextInMs: untilNext(next, moment.now) };
}

function writeDocuments({ assets }: AutomationPlan, kept: readonly TargetEvaluation[]): Buffer[] {
  const results = kept.map(({ explanation }) => explanation);
  const count = Math.ceil(results.length / TREES_OF_DOCUMENT);
  return Array.from({ length: count }, (_, index) =>
    writeTrees(assets, results.slice(index * TREES_OF_DOCUMENT, (index + 1) * TREES_OF_DOCUMENT)),
  );
}

/**
 * Before the first round: what has happened so far is no news. Null: not all of it is visible yet. Transactions are always under way
 * somewhere, so it is those of the first look that are waited for.
 */
async function beginRounds(
  db: Db,
  deploymentId: string,
  oldest: number,
  begun: ReadonlyMap<string, SeenEvents>,
): Promise<StoredRound | null> {
  const seen = begun.get(deploymentId);
  if (seen === undefined || !isComplete(seen, oldest)) return null;
  const { upTo } = await findNewestRunChange(db, deploymentId);
  return { round: 0, time: 0, definitions: "", feedSeq: upTo, seen };
}

interface Memory {
  readonly cursors: ReadonlyMap<string, AutomationCursor>;
  /** Names of the cursors that are stored. */
  readonly stored: ReadonlySet<string>;
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly facts: Map<string, AssetFacts>;
  readonly activeRuns: Map<string, RunFacts>;
  /** Null: whoever evaluated last knew them. */
  readonly known: KnownDeployment | null;
}

/** What is known from the rounds before: in this replica if it had the last one, else as it is stored. */
async function recall(
  db: Db,
  deploymentId: string,
  before: StoredRound,
  plan: AutomationPlan,
  { renamed }: AssetCatalog,
  known: KnownDeployment | null,
): Promise<Memory> {
  const mine = known?.round === before.round ? known : null;
  const stored = mine?.cursors ?? (await loadCursors(db, deploymentId));
  const activeRuns =
    mine?.activeRuns ?? new Map((await loadActiveRuns(db, deploymentId)).map((run) => [run.id, run]));
  const isSamePlan = mine?.plan === plan;
  const isRenamed = before.definitions !== plan.digest && renamed.size > 0;
  return {
    cursors: isRenamed ? renameCursors(stored, renamed) : stored,
    stored: new Set(stored.keys()),
    renamed: isRenamed
      ? [...stored.keys()].flatMap((from) => {
          const to = renameTarget(from, renamed);
          return to === from ? [] : [{ from, to }];
        })
      : [],
    facts: mine !== null && !isRenamed ? mine.facts : new Map(),
    activeRuns,
    known: isSamePlan ? mine : null,
  };
}

async function readNews(
  db: Db,
  deploymentId: string,
  {
    before,
    plan,
    memory,
    catalog,
  }: {
    readonly before: StoredRound;
    readonly plan: AutomationPlan;
    readonly memory: Memory;
    readonly catalog: AssetCatalog;
  },
  oldest: number,
) {
  const today = (key: string): string => catalog.renamed.get(key) ?? key;
  // Runs first: who is seen to have ended, of that what it made is seen too.
  const runNews = await readRunNews(db, deploymentId, before.feedSeq);
  const { news: events, seen } = await readEventNews(db, deploymentId, before.seen, oldest);
  const touched = await listTouched(db, deploymentId);
  const inBackfill = await readBackfills(db, deploymentId, plan);
  const dynamicAssets = findDynamicAssets(plan);
  const dynamicKeys = await readDynamicKeys(db, deploymentId, dynamicAssets.keys());
  const runs = new Map<string, RunFacts | null>();
  const mentioned = new Set([...runNews.runIds, ...events.flatMap(({ runId }) => runId ?? [])]);
  await loadMissingRuns(db, deploymentId, mentioned, runs);
  const changes = createFactChanges();
  for (const { assetKey } of touched) changes.addAll(assetKey);
  for (const { assetKey, partition, check } of events)
    changes.add(assetKey, partition === null ? [] : [partition], check === null ? [] : [check]);
  for (const id of runNews.runIds) {
    const run = runs.get(id) ?? memory.activeRuns.get(id);
    for (const key of run?.assetKeys ?? []) changes.add(today(key), run?.partitions ?? [], []);
    if (runs.get(id)?.isActive) memory.activeRuns.set(id, runs.get(id) as RunFacts);
    else memory.activeRuns.delete(id);
  }
  await refreshFacts(db, deploymentId, memory.facts, changes.byAsset);
  const changed = new Set(changes.byAsset.keys());
  // All at once: conditions would miss them one after the other.
  const unknown = listWatched(plan).filter((key) => !memory.facts.has(key));
  for (const [key, facts] of await loadFacts(db, deploymentId, unknown)) memory.facts.set(key, facts);
  for (const key of new Set([...inBackfill.keys(), ...(memory.known?.backfills.keys() ?? [])]))
    if (!isSameSubset(inBackfill.get(key), memory.known?.backfills.get(key))) changed.add(key);
  const keysNow = textOf(dynamicKeys);
  for (const [name, keys] of dynamicAssets)
    if (keysNow.get(name) !== memory.known?.dynamicKeys.get(name)) for (const key of keys) changed.add(key);
  const news: RoundNews = { round: before.round + 1, events, failures: runNews.failures, changed };
  const loaded: Loaded = {
    facts: memory.facts,
    runs,
    activeRuns: memory.activeRuns,
    versions: new Map(),
    inBackfill,
    dynamicKeys,
  };
  return { seen, news, feedSeq: runNews.upTo, touched: touched.map(({ id }) => id), loaded };
}

/** Evaluates, loads what that missed, and evaluates again until it missed nothing: a round is pure, and reads only what it needs. */
async function evaluate(
  db: Db,
  deploymentId: string,
  catalog: AssetCatalog,
  plan: AutomationPlan,
  loaded: Loaded,
  news: RoundNews,
  state: AutomationState | null,
  now: number,
): Promise<{ readonly next: AutomationState; readonly evaluations: readonly TargetEvaluation[] }> {
  for (;;) {
    const missing = nothingMissing();
    const view = createStateView(plan, catalog.renamed, loaded, news, missing);
    const evaluations: TargetEvaluation[] = [];
    const next = evaluateRound(plan, view, state, now, (evaluation) => void evaluations.push(evaluation));
    if (Object.values(missing).every(({ size }) => size === 0)) return { next, evaluations };
    await loadMissing(db, deploymentId, loaded, news.events, missing);
  }
}

function isSameSubset(a: PartitionsSubset | undefined, b: PartitionsSubset | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(serializeSubset(a)) === JSON.stringify(serializeSubset(b));
}

function textOf(keys: DynamicKeys): ReadonlyMap<string, string> {
  return new Map(Object.entries(keys).map(([name, all]) => [name, JSON.stringify(all)]));
}

/** At once where something may come of what was just seen or asked for, else when time alone may change something. */
function untilNext({ cursors }: AutomationState, now: number): number | null {
  let next: number | null = null;
  for (const { rest } of cursors.values()) {
    if (rest === null) return 0;
    if (rest.until !== null && (next === null || rest.until < next)) next = rest.until;
  }
  return next === null ? null : Math.max(0, next - now);
}
