import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";

/** An event of an asset, of a step or without one. */
export type AssetEvent = Stepless<Extract<RunEvent, { type: "ASSET_MATERIALIZATION" | "ASSET_OBSERVATION" }>>;
/** An evaluation of a check, by a step or without one. */
export type CheckEvent = Stepless<Extract<RunEvent, { type: "ASSET_CHECK_EVALUATION" }>>;

type Stepless<Event> = Event extends RunEvent
  ? Omit<Event, "stepKey"> & { readonly stepKey: string | null }
  : never;

/** The last events of each kind in a batch: indexes into `AssetChanges.events`. */
interface LastEvents {
  readonly lastMaterialization: number | null;
  readonly lastObservation: number | null;
  /** The last observation that had a data version: one without leaves the version that is known. */
  readonly lastVersion: number | null;
}

/** What a batch of events changes of one asset. */
export interface AssetChange extends LastEvents {
  readonly key: string;
  readonly materializations: number;
}

/** What a batch of events changes of one partition. */
export interface PartitionChange extends LastEvents {
  readonly key: string;
  readonly partition: string;
}

/** What a batch of events changes of assets: one entry for each asset and partition, so that each row is written once. */
export interface AssetChanges {
  readonly assets: readonly AssetChange[];
  readonly events: readonly AssetEvent[];
  readonly checks: readonly CheckEvent[];
  readonly partitions: readonly PartitionChange[];
}

/** Reduces a batch of events to what it changes of assets; null when it changes none. */
export function collectAssetChanges(batch: readonly (RunEvent | UnknownEvent)[]): AssetChanges | null {
  const events = batch.filter(
    (event): event is Extract<RunEvent, { assetKey: string }> => isKnownEvent(event) && "assetKey" in event,
  );
  return events.length === 0 ? null : reduceAssetEvents(events);
}

/** What events of assets change of them. */
export function reduceAssetEvents(batch: readonly (AssetEvent | CheckEvent)[]): AssetChanges {
  const assets = new Map<string, AssetChange>();
  const events: AssetEvent[] = [];
  const checks: CheckEvent[] = [];
  const partitions = new Map<string, PartitionChange>();
  for (const event of batch) {
    if (event.type === "ASSET_CHECK_EVALUATION") {
      assets.set(event.assetKey, assets.get(event.assetKey) ?? unchanged(event.assetKey));
      checks.push(event);
    } else {
      change(assets, partitions, event, events);
      events.push(event);
    }
  }
  return { assets: [...assets.values()], events, checks, partitions: [...partitions.values()] };
}

const NO_EVENTS: LastEvents = { lastMaterialization: null, lastObservation: null, lastVersion: null };

function change(
  assets: Map<string, AssetChange>,
  partitions: Map<string, PartitionChange>,
  event: AssetEvent,
  before: readonly AssetEvent[],
): void {
  const { assetKey: key, partition, type } = event;
  const known = assets.get(key) ?? unchanged(key);
  const made = type === "ASSET_MATERIALIZATION" ? 1 : 0;
  assets.set(key, {
    ...known,
    ...lastEvents(event, before.length),
    materializations: known.materializations + made,
  });
  if (partition === null) return;
  const name = JSON.stringify([key, partition]);
  const knownPartition = partitions.get(name) ?? { key, partition, ...NO_EVENTS };
  partitions.set(name, { ...knownPartition, ...lastEvents(event, before.length) });
}

/** An event is the last one of those before it, whatever its worker's clock says. */
function lastEvents({ type, dataVersion }: AssetEvent, index: number): Partial<LastEvents> {
  if (type === "ASSET_MATERIALIZATION") return { lastMaterialization: index };
  return { lastObservation: index, ...(dataVersion === null ? {} : { lastVersion: index }) };
}

function unchanged(key: string): AssetChange {
  return { key, materializations: 0, ...NO_EVENTS };
}

/** The same changes with the keys that assets have today, see `lockAssets`. */
export function renameChanges(changes: AssetChanges, keys: ReadonlyMap<string, string>): AssetChanges {
  if (keys.size === 0) return changes;
  const today = (key: string): string => keys.get(key) ?? key;
  const ofEvent = <E extends AssetEvent | CheckEvent>(event: E): E => ({
    ...event,
    assetKey: today(event.assetKey),
  });
  const ofChange = <C extends { readonly key: string }>(change: C): C => ({
    ...change,
    key: today(change.key),
  });
  return {
    assets: changes.assets.map(ofChange),
    events: changes.events.map(ofEvent),
    checks: changes.checks.map(ofEvent),
    partitions: changes.partitions.map(ofChange),
  };
}
