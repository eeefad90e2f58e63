import {
  applyAssetEvent,
  placeName,
  UNKNOWN_ASSET_STATE,
  type AssetPlace,
  type AssetState,
  type AssetStateEvent,
} from "@millrace/model/data-versions/asset-state";
import { computeDataVersion } from "@millrace/model/data-versions/compute-data-version";
import { UNKNOWN_DATA_VERSION } from "@millrace/model/data-version";
import type { VersionFacts } from "@millrace/model/data-versions/version-facts";
import {
  currentInputVersion,
  listInputs,
  type VersionedInput,
} from "@millrace/model/data-versions/versioned-inputs";
import type { AssetEventDetails, RunEvent } from "@millrace/model/run-event";
import type { Asset } from "../../assets/asset-definition.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Clock } from "@millrace/model/time/clock";
import type { ExecutionPlan, PlannedStep } from "../plan/execution-plan.ts";
import type { RunInstance } from "../../context/run-instance.ts";
import type { RunInfo } from "./run-info.ts";
import {
  listOutsidePlaces,
  listUpstreamPlaces,
  upstreamOfStep,
  versionGraphOf,
  type UpstreamView,
} from "./upstream-places.ts";

/** What is known of one asset or partition. Plain JSON. */
export interface KnownAssetState extends AssetPlace {
  readonly state: AssetState;
}

/** What a run knows of the assets that it makes and that these are made from. */
export interface RunAssets {
  /**
   * Asks, in one question, for what the steps of a plan are made from and the run does not make itself; asks nothing when
   * there is nothing such. Does not wait for the answer.
   */
  begin(plan: ExecutionPlan): void;
  /**
   * Resolves when what a step is made from is known, or nobody can say; for an op that loads values of assets (inside a graph
   * asset) when that is known of what the asset is made from. Never rejects.
   */
  untilKnown(planned: PlannedStep): Promise<void>;
  /** What is known of all that a step is made from, after `untilKnown`. Null: nobody could say. */
  listKnown(planned: PlannedStep): readonly KnownAssetState[] | null;
  /** The newest event of an asset that a step is made from: of the partition that counts for it, if that is one. */
  findUpstream(planned: PlannedStep, key: string): AssetStateEvent | null;
  /** Adds versions and provenance to what tells of a materialization, and remembers it for what is made from it. */
  stamp(event: RunEvent): RunEvent;
}

/** For what is no run of steps: nothing is known, nothing is asked. */
export const NO_RUN_ASSETS: RunAssets = {
  begin: () => {},
  untilKnown: () => Promise.resolve(),
  listKnown: () => null,
  findUpstream: () => null,
  stamp: (event) => event,
};

/** What `createRunAssets` works with. */
export interface RunAssetsOptions {
  readonly definitions: ResolvedDefinitions;
  readonly instance: RunInstance;
  readonly run: RunInfo;
  readonly clock: Clock;
  /** What another process of the run has asked for already; null: `begin` asks, or nobody. */
  readonly known: readonly KnownAssetState[] | null;
  /** Is told why the deployment could not be asked; the run goes on without an answer. */
  readonly onUnreachable: (error: unknown) => void;
}

/** Begins to keep what a run knows of assets. */
export function createRunAssets(options: RunAssetsOptions): RunAssets {
  const { definitions, instance, run, clock, onUnreachable } = options;
  const asked = new Map(options.known?.map((place) => [placeName(place), place.state]));
  const made = new Map<string, AssetState>();
  let answered: Promise<void> | null = null;
  let isUnknown = false;

  const view = (): UpstreamView => ({ definitions, now: clock.now() });
  const stateOf = (place: AssetPlace): AssetState =>
    made.get(placeName(place)) ?? asked.get(placeName(place)) ?? UNKNOWN_ASSET_STATE;

  const versionFacts = (): VersionFacts => ({
    ...versionGraphOf(view()),
    findRecord(assetKey, partition) {
      const { dataVersion, materialization } = stateOf({ assetKey, partition });
      // A run has no use for the place among all events.
      return dataVersion === null
        ? null
        : { dataVersion, sequence: 0, provenance: materialization?.provenance ?? null };
    },
  });

  async function askStates(places: readonly AssetPlace[]): Promise<void> {
    try {
      const states = await instance.findAssetStates(places);
      for (const [index, place] of places.entries())
        asked.set(placeName(place), states[index] ?? UNKNOWN_ASSET_STATE);
    } catch (error) {
      isUnknown = true;
      onUnreachable(error);
    }
  }

  function inputVersion(facts: VersionFacts, input: VersionedInput): string {
    const isMade = (partition: string | null) => made.has(placeName({ assetKey: input.key, partition }));
    if (isUnknown && !input.partitions.every(isMade)) return UNKNOWN_DATA_VERSION;
    return currentInputVersion(facts, input);
  }

  function stampMaterialization<E extends AssetEventDetails>(event: E, asset: Asset): E {
    const codeVersion = asset.codeVersion ?? run.runId;
    const facts = versionFacts();
    const inputDataVersions: Record<string, string> = {};
    for (const [key, input] of listInputs(facts, asset.key, event.partition))
      inputDataVersions[key] = inputVersion(facts, input);
    return {
      ...event,
      dataVersion: event.dataVersion ?? computeDataVersion(codeVersion, inputDataVersions),
      provenance: { codeVersion, inputDataVersions, isUserProvided: event.dataVersion !== null },
    };
  }

  return {
    begin(plan) {
      const places = listOutsidePlaces(view(), plan, run);
      if (places.length > 0) answered = askStates(places);
    },
    async untilKnown(planned) {
      const isMadeFromAssets =
        planned.dependencies.length > 0 || planned.inputs.some(({ kind }) => kind === "asset");
      if (answered !== null && isMadeFromAssets) await answered;
    },
    listKnown(planned) {
      if (isUnknown) return null;
      return listUpstreamPlaces(view(), planned).map((place) => ({ ...place, state: stateOf(place) }));
    },
    findUpstream(planned, key) {
      const dependency = planned.dependencies.find((each) => each.key === key);
      if (!dependency) return null;
      const [partition = null, ...others] = upstreamOfStep(view(), planned, dependency);
      const state = stateOf({ assetKey: key, partition: others.length === 0 ? partition : null });
      return newest(state.materialization, state.observation);
    },
    stamp(event) {
      if (event.type !== "ASSET_MATERIALIZATION" && event.type !== "ASSET_OBSERVATION") return event;
      const asset = definitions.assets.get(event.assetKey as Asset["key"]);
      if (!asset) return event;
      const isMadeHere = event.type === "ASSET_MATERIALIZATION" && event.isReported !== true;
      const stamped = isMadeHere ? stampMaterialization(event, asset) : event;
      for (const partition of new Set([null, event.partition])) {
        const place = { assetKey: asset.key, partition };
        // A run does not know the place among all events: this one is the newest.
        const after = applyAssetEvent(stateOf(place), stamped, run.runId, Number.MAX_SAFE_INTEGER);
        made.set(placeName(place), after);
      }
      return stamped;
    },
  };
}

function newest(one: AssetStateEvent | null, other: AssetStateEvent | null): AssetStateEvent | null {
  if (one === null || other === null) return one ?? other;
  return other.timestamp > one.timestamp ? other : one;
}
