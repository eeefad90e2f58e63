import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ioManager, type InputContext, type IoManager, type OutputContext } from "./io-manager.ts";
import { storagePath } from "./storage-path.ts";
import { valueFormats, type ValueFormatName } from "./value-format.ts";
import { ValueNotStored } from "./value-not-stored.ts";

/**
 * Values of up to this many bytes are written and read at once: that takes less than a tenth of a millisecond, a third of
 * what handing them to a thread costs. Larger ones must not hold up the steps that run beside.
 */
const SMALL_BYTES = 16_384;

/**
 * The default IO manager: one file per value under the run's storage folder. Keeps everything that the structured clone
 * algorithm keeps: dates, maps, sets, typed arrays, cycles; not functions, nor the classes of objects.
 */
export const fileIoManager = fileManager("file", "clone", "Files with structured clones of values");

/** Files with values as JSON, for what other programs read. */
export const jsonIoManager = fileManager("json", "json", "JSON files");

/** Files with the bytes of a `Buffer`, `Uint8Array` or text; they are loaded as a `Buffer`. */
export const bytesIoManager = fileManager("bytes", "bytes", "Files with plain bytes");

function fileManager(name: string, formatName: ValueFormatName, description: string): IoManager {
  const format = valueFormats[formatName];
  return ioManager(name, {
    description,
    handleOutput: (context, value) => writeValue(context, format.extension, format.encode(value)),
    loadInput: async (context) => format.decode(await readValue(context, format.extension)),
  });
}

/** A name that no other writer takes, on this machine or another; `randomUUID` would load the cryptography for it, in 5 ms. */
function draftName(): string {
  return `${process.pid}-${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/** Writes beside the file and renames, so that a worker that dies leaves the old value, never half of the new one. */
async function writeValue(context: OutputContext, extension: string, bytes: Uint8Array): Promise<void> {
  const path = storagePath(context.storageDirectory, context.address, extension);
  const draft = `${path}.${draftName()}`;
  const isSmall = bytes.length <= SMALL_BYTES;
  const write = (): unknown => (isSmall ? writeFileSync(draft, bytes) : writeFile(draft, bytes));
  try {
    await write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    await write();
  }
  if (isSmall) renameSync(draft, path);
  else await rename(draft, path);
  if (context.address.assetKey !== null) context.addMetadata({ path });
}

async function readValue(context: InputContext, extension: string): Promise<Buffer> {
  const path = storagePath(context.storageDirectory, context.address, extension);
  try {
    return statSync(path).size <= SMALL_BYTES ? readFileSync(path) : await readFile(path);
  } catch (error) {
    throw isMissing(error) ? new ValueNotStored(context.address, { cause: error }) : error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
