import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "@millrace/control-plane/database/connect";
import { checkBackfills } from "@millrace/control-plane/simulation/backfill-invariants";
import type { Random } from "@millrace/control-plane/simulation/random";
import type { Finding } from "./check-executions.ts";
import type { User } from "./user.ts";

const LAUNCH = `mutation ($input: LaunchBackfillInput!) { launchBackfill(input: $input) {
  __typename ... on LaunchedBackfill { backfill { id } } } }`;
const CANCEL = `mutation ($id: ID!) { cancelBackfill(id: $id) { __typename } }`;

/** Backfills whose launch was acknowledged, and those of them that somebody has asked to cancel. */
export interface BackfillRecord {
  readonly launched: Set<string>;
  readonly canceled: Set<string>;
}

/** Begins backfills until the signal is aborted, and cancels some of them. What is done when is the random numbers' choice alone. */
export async function putBackfills(
  user: User,
  random: Random,
  meanPauseMs: number,
  signal: AbortSignal,
): Promise<BackfillRecord> {
  const record: BackfillRecord = { launched: new Set(), canceled: new Set() };
  for (let number = 1; ; number++) {
    await pause(random.integer(0, 2 * meanPauseMs), signal);
    if (signal.aborted) return record;
    const input = {
      locationName: "shared",
      assetSelection: ["daily", "report"],
      idempotencyKey: `backfill ${number}`,
    };
    const isCanceled = random.chance(0.4);
    const canceledAfterMs = random.integer(0, 6_000);
    const { launchBackfill } = await user.ask<{ launchBackfill: { backfill?: { id: string } } }>(LAUNCH, {
      input,
    });
    const id = launchBackfill.backfill?.id;
    if (id === undefined) throw new Error(`A backfill was refused: ${JSON.stringify(launchBackfill)}`);
    record.launched.add(id);
    if (!isCanceled) continue;
    await pause(canceledAfterMs, signal);
    record.canceled.add(id);
    await user.ask(CANCEL, { id });
  }
}

/** What is told of backfills is what their runs did, each partition once. */
export async function checkChaosBackfills(db: Db, { launched }: BackfillRecord): Promise<Finding> {
  const broken = await checkBackfills(db, launched).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  return {
    check: "backfills complete exactly their partitions",
    kind: "doubled",
    broken,
    backfills: launched.size,
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
