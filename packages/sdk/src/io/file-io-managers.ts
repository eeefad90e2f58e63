import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";
import { ioManager, type InputContext, type OutputContext } from "./io-manager.ts";
import { storagePath } from "./storage-path.ts";
import { ValueNotStored } from "./value-not-stored.ts";

/**
 * The default IO manager: one file per value under the run's storage folder. Keeps everything that the structured clone
 * algorithm keeps: dates, maps, sets, typed arrays, cycles; not functions, nor the classes of objects.
 */
export const fileIoManager = ioManager("file", {
  description: "Files with structured clones of values",
  handleOutput: async (context, value) => writeValue(context, ".v8", serialize(value)),
  loadInput: async (context): Promise<unknown> => deserialize(await readValue(context, ".v8")),
});

/** Files with values as JSON, for what other programs read. */
export const jsonIoManager = ioManager("json", {
  description: "JSON files",
  handleOutput: async (context, value) =>
    writeValue(context, ".json", Buffer.from(JSON.stringify(value ?? null))),
  loadInput: async (context): Promise<unknown> => JSON.parse((await readValue(context, ".json")).toString()),
});

/** Files with the bytes of a `Buffer`, `Uint8Array` or text; they are loaded as a `Buffer`. */
export const bytesIoManager = ioManager("bytes", {
  description: "Files with plain bytes",
  handleOutput: async (context, value) => {
    if (!(typeof value === "string" || value instanceof Uint8Array)) {
      throw new TypeError(
        `The IO manager "bytes" stores text and bytes, not ${value === null ? "null" : typeof value}`,
      );
    }
    await writeValue(context, ".bin", Buffer.from(value));
  },
  loadInput: async (context): Promise<unknown> => readValue(context, ".bin"),
});

/** Writes beside the file and renames, so that a worker that dies leaves the old value, never half of the new one. */
async function writeValue(context: OutputContext, extension: string, bytes: Uint8Array): Promise<void> {
  const path = storagePath(context.storageDirectory, context.address, extension);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, bytes);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, bytes);
  }
  await rename(draft, path);
  if (context.address.assetKey !== null) context.addMetadata({ path });
}

async function readValue(context: InputContext, extension: string): Promise<Buffer> {
  try {
    return await readFile(storagePath(context.storageDirectory, context.address, extension));
  } catch (error) {
    throw isMissing(error) ? new ValueNotStored(context.address, { cause: error }) : error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
