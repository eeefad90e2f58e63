import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { LocationError } from "@millrace/model/location-failure";
import { MissingSnapshotsDocument, ReportLocationDocument } from "@millrace/protocol/agent-api.gen";
import type { CodeServer } from "../launchers/launcher.ts";
import type { Uplink } from "../uplink/uplink.ts";

const gzipAsync = promisify(gzip);

/** One revision of a code location on this agent. */
export interface LocationRevision {
  readonly agentId: string;
  readonly name: string;
  readonly revision: number;
}

/** Uploads what the code defines, unless the control plane has it, and reports the revision as loaded. */
export async function publishLoaded(
  uplink: Uplink,
  revision: LocationRevision,
  { codeDigest, warnings }: Pick<CodeServer, "codeDigest" | "warnings">,
  snapshot: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const digest = createHash("sha256").update(snapshot).digest("hex");
  const { missingSnapshots } = await uplink.sendUntilAnswered(
    MissingSnapshotsDocument,
    { digests: [digest] },
    signal,
  );
  if (missingSnapshots.includes(digest)) {
    const packed = await gzipAsync(snapshot);
    await uplink.uploadUntilAnswered(`snapshots/${digest}`, packed, signal);
  }
  const input = {
    ...revision,
    state: "LOADED" as const,
    codeDigest,
    snapshotDigest: digest,
    warnings: [...warnings],
  };
  await uplink.sendUntilAnswered(ReportLocationDocument, { input }, signal);
}

/**
 * Reports that the revision could not be loaded, and why. What served before goes on serving.
 *
 * @param tries one where the control plane knows the failure, and is only told of the time of the next try.
 */
export async function publishFailed(
  uplink: Uplink,
  revision: LocationRevision,
  error: LocationError,
  tries: "one" | "until_answered",
  signal: AbortSignal,
): Promise<void> {
  const input = { ...revision, state: "FAILED" as const, error };
  await (tries === "one"
    ? uplink.send(ReportLocationDocument, { input }, { signal })
    : uplink.sendUntilAnswered(ReportLocationDocument, { input }, signal));
}

/** Reports that the revision is being loaded. One try: it only serves whoever watches. */
export async function publishLoading(
  uplink: Uplink,
  revision: LocationRevision,
  signal: AbortSignal,
): Promise<void> {
  await uplink.send(ReportLocationDocument, { input: { ...revision, state: "LOADING" } }, { signal });
}
