import type { Metadata } from "../metadata.ts";
import type { RunEvent } from "../run-event.ts";
import {
  INITIAL_DATA_VERSION,
  type DataVersionRecord,
  type Provenance,
  type VersionProvenance,
} from "../data-version.ts";

/** An asset, or one partition of it. */
export interface AssetPlace {
  readonly assetKey: string;
  /** Null: the asset as a whole, of which the newest partition counts. */
  readonly partition: string | null;
}

/** A place as a key of maps. */
export function placeName({ assetKey, partition }: AssetPlace): string {
  return partition === null ? assetKey : `${assetKey}\n${partition}`;
}

/** The tag of asset events that carries the code version of the asset's definition. */
export const CODE_VERSION_TAG = "millrace/code_version";

/** What is kept of a materialization or observation when its event is long gone. Plain JSON. */
export interface AssetStateEvent {
  /** Place in the order of all events; compared only with others of its kind. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Null for what was reported from outside of any run. */
  readonly runId: string | null;
  readonly partition: string | null;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  /** Null: its code had no version, or it was not made by code of ours. */
  readonly codeVersion: string | null;
  readonly provenance: VersionProvenance | null;
}

/** What is known of an asset or partition. Plain JSON. */
export interface AssetState {
  /** The version that counts for what is made from it, see `versionRecordOf`; null: there is nothing yet. */
  readonly dataVersion: string | null;
  readonly materialization: AssetStateEvent | null;
  readonly observation: AssetStateEvent | null;
}

/** What an asset or partition is that nothing is known of. */
export const UNKNOWN_ASSET_STATE: AssetState = {
  dataVersion: null,
  materialization: null,
  observation: null,
};

/** What the rules of versions need to know of one event. */
export interface VersionedEvent {
  readonly sequence: number;
  readonly dataVersion: string | null;
  readonly provenance: Provenance | null;
}

/**
 * What counts as the data of an asset or partition: its newest materialization; for an external asset the observation if that is
 * newer than what whoever makes it has reported, if they report at all. Null: there is nothing yet.
 */
export function versionRecordOf(
  state: { readonly materialization: VersionedEvent | null; readonly observation: VersionedEvent | null },
  isExternal: boolean,
): DataVersionRecord | null {
  const { materialization, observation } = state;
  const isObserved =
    isExternal && observation !== null && observation.sequence > (materialization?.sequence ?? -1);
  const event = isObserved ? observation : materialization;
  if (event === null) return null;
  const { dataVersion, sequence, provenance } = event;
  return { dataVersion: dataVersion ?? INITIAL_DATA_VERSION, sequence, provenance };
}

/** An event that tells of an asset. */
export type AssetEvent = Extract<RunEvent, { type: "ASSET_MATERIALIZATION" | "ASSET_OBSERVATION" }>;

/** What is known of the place of an event after it. An observation without a version leaves the version that is known. */
export function applyAssetEvent(
  before: AssetState,
  event: AssetEvent,
  runId: string | null,
  sequence: number,
): AssetState {
  const { timestamp, partition, metadata, tags, dataVersion, provenance = null } = event;
  const codeVersion = tags[CODE_VERSION_TAG] ?? null;
  const what = { partition, metadata, tags, dataVersion, codeVersion, provenance };
  const said: AssetStateEvent = { sequence, timestamp, runId, ...what };
  return event.type === "ASSET_MATERIALIZATION"
    ? { ...before, dataVersion: dataVersion ?? INITIAL_DATA_VERSION, materialization: said }
    : { ...before, dataVersion: dataVersion ?? before.dataVersion, observation: said };
}
