import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { ExpectedError } from "@millrace/model/expected-error";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { explainTooManyPartitions } from "@millrace/model/partitions/partition-limit";
import {
  LocationSnapshotSchema,
  type LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Db } from "../database/connect.ts";
import { createSnapshotCache, type SizedSnapshot, type SnapshotCache } from "./snapshot-cache.ts";

const gunzipAsync = promisify(gunzip);

/** Far above what 100,000 assets take; keeps a small upload from unpacking into all memory. */
const MAX_SNAPSHOT_BYTES = 512 * 1024 * 1024;
/** How much better than to itself a snapshot packs at most; a small one may pack as well as it likes. */
const MAX_RATIO = 200;
const FREE_BYTES = 16 * 1024 * 1024;
/** What is kept of snapshots that no location serves (any more), as runs of old versions need them: about ten times that in memory. */
const MAX_UNSERVED_BYTES = 16 * 1024 * 1024;

/** An upload that is not the snapshot it says it is. */
export class InvalidSnapshot extends ExpectedError {
  readonly code = "bad_request";
}

/** Reads a SHA-256 from hexadecimal text. */
export function parseDigest(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new InvalidSnapshot(`"${text.slice(0, 80)}" is not a SHA-256 in lower-case hexadecimal`);
  return Buffer.from(text, "hex");
}

/** Which of the snapshots this deployment has not uploaded. The answer does not reveal whether another deployment has. */
export async function listMissingSnapshots(
  db: Db,
  deploymentId: string,
  digests: readonly string[],
): Promise<string[]> {
  const wanted = digests.map(parseDigest);
  if (wanted.length === 0) return [];
  const rows = await db
    .selectFrom("deployment_snapshot")
    .select("digest")
    .where("deployment_id", "=", deploymentId)
    .where("digest", "in", wanted)
    .execute();
  const stored = new Set(rows.map(({ digest }) => digest.toString("hex")));
  return digests.filter((digest) => !stored.has(digest));
}

/**
 * Stores a gzipped LocationSnapshot of a deployment under the digest of its unpacked bytes. Storing it twice is storing it once.
 *
 * @returns what is stored, decoded.
 * @param now milliseconds since the epoch: decides how many partitions there are.
 * @throws InvalidSnapshot when it does not unpack, has another digest, is no LocationSnapshot, or has too many partitions.
 */
export async function insertSnapshot(
  db: Db,
  deploymentId: string,
  digest: string,
  document: Buffer,
  now: number,
): Promise<SizedSnapshot> {
  const maxOutputLength = Math.min(MAX_SNAPSHOT_BYTES, Math.max(FREE_BYTES, document.length * MAX_RATIO));
  const bytes = await gunzipAsync(document, { maxOutputLength }).catch((cause: unknown) => {
    throw new InvalidSnapshot(`\`document\` does not unpack as gzip into at most ${maxOutputLength} bytes`, {
      cause,
    });
  });
  const found = createHash("sha256").update(bytes).digest();
  if (!found.equals(parseDigest(digest)))
    throw new InvalidSnapshot(`\`document\` has the digest ${found.toString("hex")}, not ${digest}`);
  const snapshot = decodeSnapshot(bytes);
  requireFewPartitions(snapshot, now);
  await db
    .insertInto("snapshot")
    .values({ digest: found, document, size: bytes.length })
    .onConflict((conflict) => conflict.column("digest").doNothing())
    .execute();
  await db
    .insertInto("deployment_snapshot")
    .values({ deployment_id: deploymentId, digest: found })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { snapshot, bytes: bytes.length };
}

/** What is partitioned alike is counted once. */
function requireFewPartitions({ assets, jobs }: LocationSnapshot, now: number): void {
  const partitioned = [
    ...assets.map(({ key, partitions }) => ({ what: () => `Asset "${key}"`, json: partitions?.json })),
    ...jobs.map(({ name, partitions }) => ({ what: () => `Job "${name}"`, json: partitions?.json })),
  ];
  for (const { what, json } of new Map(partitioned.map((each) => [each.json, each])).values()) {
    if (json === undefined) continue;
    const problem = explainTooManyPartitions(what, JSON.parse(json) as PartitionsDefinition, now);
    if (problem !== null) throw new InvalidSnapshot(problem);
  }
}

/** Snapshots never change, so a decoded one is good for ever. */
export const decodedSnapshots: SnapshotCache = createSnapshotCache(MAX_UNSERVED_BYTES);

/** A stored snapshot, decoded once for all who ask. */
export function getSnapshot(db: Db, digest: Buffer): Promise<LocationSnapshot> {
  return decodedSnapshots.get(digest.toString("hex"), async () => {
    const row = await db
      .selectFrom("snapshot")
      .select("document")
      .where("digest", "=", digest)
      .executeTakeFirstOrThrow();
    const bytes = await gunzipAsync(row.document);
    return { snapshot: decodeSnapshot(bytes), bytes: bytes.length };
  });
}

function decodeSnapshot(bytes: Buffer): LocationSnapshot {
  try {
    return fromBinary(LocationSnapshotSchema, bytes);
  } catch (cause) {
    throw new InvalidSnapshot("`document` is not a LocationSnapshot message", { cause });
  }
}
