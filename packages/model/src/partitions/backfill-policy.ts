import { ExpectedError } from "../expected-error.ts";

/**
 * How many partitions of an asset one run makes when several are asked for. Code with a policy takes all partitions of its
 * run at once; code without one takes one partition at a time, and gets a run for each.
 */
export type BackfillPolicy =
  | { readonly type: "single_run" }
  | { readonly type: "multi_run"; readonly maxPartitionsPerRun: number };

/** A backfill policy that can't work; the message says what it must be. */
export class InvalidBackfillPolicy extends ExpectedError {
  readonly code = "invalid_backfill_policy";
}

/** Reads a policy from untrusted data. Nothing at all: null. @throws InvalidBackfillPolicy */
export function parseBackfillPolicy(value: unknown): BackfillPolicy | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" && "type" in value) {
    if (value.type === "single_run") return { type: "single_run" };
    if (value.type === "multi_run" && "maxPartitionsPerRun" in value) {
      const { maxPartitionsPerRun: max } = value;
      if (typeof max === "number" && Number.isSafeInteger(max) && max >= 1)
        return { type: "multi_run", maxPartitionsPerRun: max };
      throw new InvalidBackfillPolicy(
        `multiRun({ maxPartitionsPerRun }) must allow a run 1 or more partitions, not ${JSON.stringify(max) ?? "nothing"}`,
      );
    }
  }
  throw new InvalidBackfillPolicy(
    "A backfill policy must be singleRun() or multiRun({ maxPartitionsPerRun })",
  );
}

/**
 * How many partitions a run of all these assets may have: the fewest that any of them allows, where none (null) allows
 * one. Infinity: all that are asked for.
 */
export function maxPartitionsPerRun(policies: readonly (BackfillPolicy | null)[]): number {
  return policies.reduce((max, policy) => Math.min(max, partitionsAllowed(policy)), Infinity);
}

function partitionsAllowed(policy: BackfillPolicy | null): number {
  if (policy === null) return 1;
  return policy.type === "single_run" ? Infinity : policy.maxPartitionsPerRun;
}
