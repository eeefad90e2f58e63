import type { ServerContext } from "../context/server-context.ts";
import type { BinaryUpload } from "../http/binary-upload.ts";
import { decodedSnapshots, insertSnapshot } from "../locations/snapshot-store.ts";
import { authenticate, requireAgent } from "./agent-api-context.ts";

/** What 500,000 assets take, packed. */
const MAX_PACKED_BYTES = 64 * 1024 * 1024;

/** Where agents send what a code location defines: a gzipped LocationSnapshot, by the SHA-256 of its unpacked bytes. */
export function createSnapshotUpload({ db, clock }: ServerContext): BinaryUpload {
  return {
    url: "/agent/snapshots/:digest",
    maxBytes: MAX_PACKED_BYTES,
    async admit(request) {
      const { deploymentId } = requireAgent({
        caller: await authenticate(db, request.headers.authorization),
      });
      const { digest = "" } = request.params as { readonly digest?: string };
      return async (document) => {
        const stored = await insertSnapshot(db, deploymentId, digest, document, clock.now());
        // It is about to be served: whoever asks for it first need not wait until it is read and decoded.
        await decodedSnapshots.get(digest, async () => stored);
        return { uploadSnapshot: true };
      };
    },
  };
}
