import type {
  AutomationAsset,
  AutomationRun,
  AutomationTarget,
  AutomationUpdate,
  ChangingStateView,
} from "@millrace/model/automation/asset-state-view";
import { planAutomation } from "@millrace/model/automation/automation-plan";
import { eager, onCron } from "@millrace/model/automation/build-condition";
import type { AutomationState } from "@millrace/model/automation/cursor";
import { evaluateRound } from "@millrace/model/automation/evaluate-automation";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { emptySubset, existingSubset } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { benchDaemon, type RoundTimes } from "./automation-daemon.ts";
import type { Bench } from "./bench.ts";
import { percentiles } from "./percentiles.ts";

const ASSETS = 10_000;
const LAYERS = 10;
const CHANGED = 10;
const ROUND_MS = 30_000;
const FULL_ROUNDS = 5;
/** Rounds with a database: of each the runs it asks for are carried out. */
const DECISIONS = 10;
/** Where the changed assets are: the lower, the less depends on them. */
const LOWEST_LAYERS = [9, 7, 0];
const DAILY: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const YESTERDAY = "2024-05-31";

/**
 * 10,000 assets in 10 layers, three dependencies each, half of them with daily partitions, nine of ten eager and the tenth
 * on a cron expression; all were materialized. Ten of them, anywhere in the graph, are then materialized anew.
 *
 * - `evaluate_ms`: the next round of evaluations, pure, with the deployment's state in memory.
 * - `requested`: how many assets such a round asks for, as those downstream are asked for along.
 * - `quiet_ms`: a round before which nothing has happened.
 * - `full_ms`: the same round when everything is evaluated, as after a change of definitions.
 *
 * Before each measured round everything that was requested has been materialized, and the conditions have settled.
 *
 * Then the same by the control plane's daemon on PostgreSQL, the changed assets near the end of the graph or anywhere in it:
 * `decide_ms` is the wall time from the commit of the events to that of the runs, `quiet_ms` a tick without any news.
 */
export const bench: Bench = async function* ({ runs }) {
  const assets = createAssets();
  const plan = planAutomation(assets);
  const keys = [...assets.keys()];
  const history = createHistory(assets);
  let now = Date.parse("2024-06-01T08:00:00Z");
  for (const key of keys) history.materialize([key], now);
  let state: AutomationState | null = null;
  let requested: string[] = [];
  const round = (from: AutomationState | null = state): number => {
    now += ROUND_MS;
    requested = [];
    const view = history.view();
    const startedAt = performance.now();
    state = evaluateRound(plan, view, from, now, (evaluation) => {
      if (!isEmptySubset(evaluation.requested)) requested.push(evaluation.target.asset);
    });
    return performance.now() - startedAt;
  };
  const settle = (): void => {
    for (let quiet = 0; quiet < 3; quiet = requested.length === 0 ? quiet + 1 : 0) {
      if (requested.length > 0) history.materialize(requested, now);
      round();
    }
  };
  settle();
  const changed: number[] = [];
  const quiet: number[] = [];
  const counts: number[] = [];
  for (let run = 0; run < runs; run++) {
    for (let index = 0; index < CHANGED; index++)
      history.materialize([keys[(run * 7_919 + index * 997) % keys.length] ?? ""], now);
    changed.push(round());
    counts.push(requested.length);
    settle();
    quiet.push(round());
  }
  const full = Array.from({ length: FULL_ROUNDS }, () => round(state && { ...state, definitions: "others" }));
  yield {
    bench: "automation",
    system: "millrace",
    assets: ASSETS,
    changed: CHANGED,
    requested: percentiles(counts).p50,
    evaluate_ms: percentiles(changed),
    quiet_ms: percentiles(quiet),
    full_ms: percentiles(full).p50,
  };
  for (const lowest of LOWEST_LAYERS) {
    const rounds: RoundTimes[] = [];
    const samples = Array.from({ length: Math.min(runs, DECISIONS) }, (_, run) =>
      pickBelow(keys, lowest, run),
    );
    for await (const times of benchDaemon(assets, samples)) rounds.push(times);
    yield {
      bench: "automation",
      system: "millrace with database",
      assets: ASSETS,
      changed: CHANGED,
      requested: percentiles(rounds.map((times) => times.requested)).p50,
      decide_ms: percentiles(rounds.map(({ decideMs }) => decideMs)),
      quiet_ms: percentiles(rounds.map(({ quietMs }) => quietMs)),
    };
  }
};

/** Ten assets of this layer and those below it. */
function pickBelow(keys: readonly string[], layer: number, run: number): string[] {
  const below = keys.slice((layer * ASSETS) / LAYERS);
  return Array.from(
    { length: CHANGED },
    (_, index) => below[(run * 7_919 + index * 997) % below.length] ?? "",
  );
}

function createAssets(): Map<string, AutomationAsset> {
  const width = ASSETS / LAYERS;
  const assets = new Map<string, AutomationAsset>();
  for (let layer = 0; layer < LAYERS; layer++)
    for (let index = 0; index < width; index++) {
      const key = `a_${layer}_${index}`;
      // Offsets of even length: partitioned assets depend on partitioned ones.
      const above = [0, 8, 14].map((offset) => ({ key: `a_${layer - 1}_${(index + offset) % width}` }));
      assets.set(key, {
        key,
        partitions: index % 2 === 0 ? DAILY : null,
        dependencies: layer === 0 ? [] : above,
        condition: index % 10 === 0 ? onCron("0 6 * * *") : eager(),
        codeVersion: null,
        checks: [],
        isExternal: false,
        codeLocation: "bench",
        job: null,
        executionSet: null,
        group: "default",
        tags: {},
        kinds: [],
        owners: [],
        isVirtual: false,
        freshnessPolicy: null,
      });
    }
  return assets;
}

interface History {
  /** One run has made these assets: of partitioned ones the newest partition. */
  materialize(keys: readonly string[], time: number): void;
  view(): ChangingStateView;
}

function createHistory(assets: ReadonlyMap<string, AutomationAsset>): History {
  const changes: string[] = [];
  const updates = new Map<string, { readonly event: number; readonly update: AutomationUpdate }>();
  const partitionsOf = ({ asset }: AutomationTarget): PartitionsDefinition | null =>
    assets.get(asset)?.partitions ?? null;
  const latestRun = ({ asset }: AutomationTarget): AutomationRun | null =>
    updates.get(asset)?.update.run ?? null;
  return {
    materialize: (keys, time) => {
      const run = { tags: {}, assets: new Set(keys) };
      for (const key of keys) {
        const partition = assets.get(key)?.partitions ? YESTERDAY : null;
        updates.set(key, { event: changes.push(key), update: { partition, time, run } });
      }
    },
    view: () => {
      const view = { now: Date.parse("2024-06-01T00:00:00Z"), dynamicKeys: {} };
      const present = new Map<PartitionsDefinition | null, PartitionsSubset>();
      for (const definition of [DAILY, null]) present.set(definition, existingSubset(definition, view));
      const none = (target: AutomationTarget): PartitionsSubset => emptySubset(partitionsOf(target));
      return {
        lastEvent: changes.length,
        dynamicKeys: {},
        present: (target) => present.get(partitionsOf(target)) ?? none(target),
        inProgress: none,
        inBackfill: none,
        failed: none,
        updatesSince: ({ asset }, event) => {
          const known = updates.get(asset);
          return known && known.event > event ? [known.update] : [];
        },
        dataVersionChangedSince: (asset) => none({ asset, check: null }),
        latestRun,
        checkPassed: () => null,
        lastUpdatedAt: (asset) => updates.get(asset)?.update.time ?? null,
        changedSince: (event) => changes.slice(event),
      };
    },
  };
}
