import { createHash } from "node:crypto";
import type { Ids } from "@millrace/model/randomness";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text can be a run's id at all; anything else names no run, and the database would not take it. */
export function isRunId(text: string): boolean {
  return UUID.test(text);
}

/**
 * The id of a new run. With an idempotency key it follows from the key, so that launching twice with one key is one run
 * whoever asks, whenever, on whatever replica.
 */
export function createRunId(ids: Ids, deploymentId: string, idempotencyKey: string | null): string {
  return idempotencyKey === null ? ids.newId() : runIdOfKey(deploymentId, idempotencyKey);
}

/** The id of the run that was launched, or will be, with an idempotency key. */
export function runIdOfKey(deploymentId: string, idempotencyKey: string): string {
  const hash = createHash("sha256").update(`run\0${deploymentId}\0${idempotencyKey}`).digest("hex");
  // Version 8 of UUIDs is the one for ids that an application makes up by its own rule.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
