import { createHash } from "node:crypto";
import type { Ids } from "@millrace/model/randomness";

/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number;
  /** True that often, from 0 (never) to 1 (always). */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Ids and tokens that are the same for the same seed and purpose. */
export function createIds(seed: number, purpose: string): Ids {
  let made = 0;
  const digest = (): Buffer => createHash("sha256").update(`${seed} ${purpose} ${made++}`).digest();
  return {
    newId() {
      const hex = digest().toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    newToken: () => digest().toString("base64url"),
  };
}

/** A source for each seed and purpose: what one part of a simulation asks does not change what another one gets. */
export function createRandom(seed: number, purpose: string): Random {
  // Park and Miller's generator; the hash keeps neighbouring seeds apart.
  let state = (createHash("sha256").update(`${seed} ${purpose}`).digest().readUInt32LE() % 2_147_483_646) + 1;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick(list) {
      const index = integer(0, list.length - 1);
      if (index >= list.length) throw new RangeError("There is nothing to pick from");
      return list[index] as (typeof list)[number];
    },
  };
}
