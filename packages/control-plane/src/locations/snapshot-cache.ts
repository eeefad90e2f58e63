import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** A decoded snapshot and how many bytes it was decoded from. */
export interface SizedSnapshot {
  readonly snapshot: LocationSnapshot;
  readonly bytes: number;
}

/** Decoded snapshots by digest. What locations serve stays, however much it is; of the others the least lately used go first. */
export interface SnapshotCache {
  /** The snapshot, read once for all who ask; a read that fails is forgotten. */
  get(digest: string, read: () => Promise<SizedSnapshot>): Promise<LocationSnapshot>;
  /** Notes what all locations of a deployment serve now, by name. */
  keepAllServed(deploymentId: string, digests: ReadonlyMap<string, string>): void;
  /** Notes what one location serves now; null: nothing. */
  keepServed(deploymentId: string, locationName: string, digest: string | null): void;
}

interface Entry {
  readonly snapshot: Promise<LocationSnapshot>;
  /** 0 until it is read. */
  bytes: number;
}

/** @param maxOtherBytes how much that no location serves (any more) may stay, in bytes of undecoded snapshots. */
export function createSnapshotCache(maxOtherBytes: number): SnapshotCache {
  /** The least lately used first. */
  const entries = new Map<string, Entry>();
  const served = new Map<string, Map<string, string>>();

  function evict(): void {
    const kept = new Set([...served.values()].flatMap((digests) => [...digests.values()]));
    const others = [...entries].filter(([digest]) => !kept.has(digest));
    let bytes = others.reduce((sum, [, entry]) => sum + entry.bytes, 0);
    for (const [digest, entry] of others) {
      if (bytes <= maxOtherBytes) return;
      entries.delete(digest);
      bytes -= entry.bytes;
    }
  }

  function readInto(digest: string, read: () => Promise<SizedSnapshot>): Entry {
    const reading = read();
    const entry: Entry = { snapshot: reading.then(({ snapshot }) => snapshot), bytes: 0 };
    reading.then(
      ({ bytes }) => {
        entry.bytes = bytes;
        evict();
      },
      () => entries.delete(digest),
    );
    return entry;
  }

  return {
    get(digest, read) {
      const entry = entries.get(digest) ?? readInto(digest, read);
      entries.delete(digest);
      entries.set(digest, entry);
      return entry.snapshot;
    },
    keepAllServed(deploymentId, digests) {
      served.set(deploymentId, new Map(digests));
    },
    keepServed(deploymentId, locationName, digest) {
      const digests = served.get(deploymentId) ?? new Map<string, string>();
      served.set(deploymentId, digests);
      if (digest === null) digests.delete(locationName);
      else digests.set(locationName, digest);
    },
  };
}
