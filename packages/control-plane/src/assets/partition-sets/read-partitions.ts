import { createHash } from "node:crypto";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";

/** A definition of partitions, parsed, with the SHA-256 of its text. Shared: never change it. */
export interface ReadPartitions {
  readonly json: string;
  readonly digest: Buffer;
  readonly definition: PartitionsDefinition;
}

/** Parsed definitions that no snapshot in memory needs are forgotten beyond so many characters of text. */
const MAX_KEPT = 32 * 1024 * 1024;

const ofDescriptions = new WeakMap<object, ReadPartitions>();
/** By digest, the least lately used first: assets that are partitioned alike share one, with what is worked out from it. */
const known = new Map<string, ReadPartitions>();
let kept = 0;

/** The definition that a snapshot carries, parsed once. */
export function readPartitions(described: { readonly json: string }): ReadPartitions {
  let read = ofDescriptions.get(described);
  if (!read) ofDescriptions.set(described, (read = parse(described.json)));
  return read;
}

/** The definition with this digest; `load` gives its text where it is not in memory. */
export async function loadPartitions(digest: Buffer, load: () => Promise<string>): Promise<ReadPartitions> {
  return use(digest.toString("hex")) ?? parse(await load());
}

function parse(json: string): ReadPartitions {
  const digest = createHash("sha256").update(json).digest();
  const name = digest.toString("hex");
  const same = use(name);
  if (same) return same;
  const read = { json, digest, definition: JSON.parse(json) as PartitionsDefinition };
  known.set(name, read);
  kept += json.length;
  for (const [oldest, { json: text }] of known) {
    if (kept <= MAX_KEPT || oldest === name) break;
    known.delete(oldest);
    kept -= text.length;
  }
  return read;
}

function use(name: string): ReadPartitions | undefined {
  const read = known.get(name);
  if (read) {
    known.delete(name);
    known.set(name, read);
  }
  return read;
}
