import type { PoolGranularity } from "../deployments/settings.ts";

/** Why a run must wait. */
export type Hold =
  | { readonly kind: "deployment"; readonly limit: number }
  | { readonly kind: "location"; readonly locationName: string }
  /** With `value` null the limit counts all values together. */
  | { readonly kind: "tag"; readonly key: string; readonly value: string | null; readonly limit: number }
  /** Where the limits of pools count steps, every pool that a first step needs is full; where they count runs, this one is. */
  | { readonly kind: "pools"; readonly granularity: PoolGranularity; readonly pools: readonly string[] };

/** A hold that is stored with the runs that it holds back: the limit of all runs is not, as nothing passes over it. */
export type NamedHold = Exclude<Hold, { kind: "deployment" }>;

/**
 * What a hold is called where it is stored with runs: those that wait for the same room have one name. How much room there is, is no
 * part of it, so that a limit that is changed goes on holding the same runs.
 */
export function toHoldName(hold: NamedHold): string {
  return JSON.stringify(toParts(hold));
}

function toParts(hold: NamedHold): HoldName {
  switch (hold.kind) {
    case "location":
      return [hold.kind, hold.locationName];
    case "tag":
      return [hold.kind, hold.key, hold.value];
    case "pools":
      return [hold.kind, hold.granularity, hold.pools];
  }
}

/** What a stored name stands for, which is a hold but for the limit; null: another version gave it. */
export function parseHoldName(name: string): StoredHold | null {
  const parts = JSON.parse(name) as HoldName;
  switch (parts[0]) {
    case "location":
      return { kind: parts[0], locationName: parts[1] };
    case "tag":
      return { kind: parts[0], key: parts[1], value: parts[2] };
    case "pools":
      return { kind: parts[0], granularity: parts[1], pools: parts[2] };
    default:
      return null;
  }
}

type StoredHold = Exclude<NamedHold, { kind: "tag" }> | Omit<Extract<NamedHold, { kind: "tag" }>, "limit">;

type HoldName =
  | readonly ["location", string]
  | readonly ["tag", string, string | null]
  | readonly ["pools", PoolGranularity, readonly string[]];
