import { mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { Ids } from "@millrace/model/randomness";
import { LogBytesMissing, type LogStorage, type StoredObject } from "./log-storage.ts";

/** What is being written; a crash may leave some. */
const UNFINISHED = ".new";

/** Keeps output as files in a folder, which need not exist yet. */
export function createLogFolder(folder: string, ids: Ids): LogStorage {
  const place = `the folder ${folder}`;
  const pathOf = (key: string): string => join(folder, ...key.split("/"));

  return {
    place,
    async put(key, bytes) {
      const path = pathOf(key);
      const unfinished = `${path}.${ids.newId()}${UNFINISHED}`;
      const file = await openIn(unfinished);
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
      // Only then the name is on the disk too.
      const parent = await open(dirname(path), "r");
      try {
        await parent.sync();
      } finally {
        await parent.close();
      }
    },
    async get(key, start, end) {
      const bytes = Buffer.allocUnsafe(end - start);
      try {
        const file = await open(pathOf(key), "r");
        try {
          const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
          if (bytesRead === bytes.length) return bytes;
        } finally {
          await file.close();
        }
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw new LogBytesMissing(place, key, error);
      }
      throw new LogBytesMissing(place, key);
    },
    async list(under) {
      const entries = await readdir(pathOf(under), { recursive: true, withFileTypes: true }).catch(
        noneIfMissing,
      );
      const objects: StoredObject[] = [];
      for (const entry of entries.filter((found) => found.isFile())) {
        const path = join(entry.parentPath, entry.name);
        const { mtimeMs } = await stat(path);
        objects.push({ key: relative(folder, path).replaceAll(sep, "/"), writtenAt: mtimeMs });
      }
      return objects;
    },
    async remove(keys) {
      for (const key of keys) {
        const path = pathOf(key);
        await rm(path, { force: true });
        await removeEmptyFolders(dirname(path), folder);
      }
    },
  };
}

async function openIn(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, "wx", 0o600);
  }
}

/** Removes folders from `from` upwards as long as they are empty, and not `root`. */
async function removeEmptyFolders(from: string, root: string): Promise<void> {
  try {
    for (let at = from; at.length > root.length; at = dirname(at)) await rmdir(at);
  } catch {
    // It has something in it, or somebody else has removed it.
  }
}

function noneIfMissing(error: unknown): never[] {
  if (isMissing(error)) return [];
  throw error;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
