import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { explainNoRoom } from "@millrace/model/errors/no-room-left";
import { toByteStream, type ByteStream } from "./byte-stream.ts";
import { draftPath, sweepDrafts } from "./drafts.ts";
import { ioManager, type InputContext, type IoManager, type OutputContext } from "./io-manager.ts";
import { storagePath } from "./storage-path.ts";
import { parquetFile, requireParquetFile, type ParquetFile } from "./parquet-file.ts";
import { valueFormats, type ValueFormat } from "./value-format.ts";
import { describeAddress, ValueNotStored } from "./value-not-stored.ts";

/**
 * Values of up to this many bytes are written and read at once: that takes less than a tenth of a millisecond, a third of
 * what handing them to a thread costs. Larger ones must not hold up the steps that run beside.
 */
const SMALL_BYTES = 16_384;

/**
 * The default IO manager: one file per value under the run's storage folder. Keeps everything that the structured clone
 * algorithm keeps: dates, maps, sets, typed arrays, cycles; not functions, nor the classes of objects.
 */
export const fileIoManager = fileManager(
  "file",
  valueFormats.clone,
  "Files with structured clones of values",
);

/** Files with values as JSON, for what other programs read. */
export const jsonIoManager = fileManager("json", valueFormats.json, "JSON files");

/** Files with the bytes of a `Buffer`, `Uint8Array` or text; they are loaded as a `Buffer`. */
export const bytesIoManager = fileManager<string | Uint8Array>(
  "bytes",
  valueFormats.bytes,
  "Files with plain bytes",
);

/**
 * Files with streams of bytes: an asset returns an async iterable of bytes or texts, such as one of Node's streams, and the
 * assets below it get one, so that nothing of a large file is held in memory.
 */
export const streamIoManager: IoManager<ByteStream> = ioManager("stream", {
  description: "Files with streams of bytes",
  handleOutput: (context, value: ByteStream) => writeValue(context, ".bin", toByteStream(value)),
  loadInput: async (context) => {
    const path = storagePath(context.storageDirectory, context.address, ".bin");
    const file = await open(path).catch((error: unknown) => {
      throw isMissing(error) ? new ValueNotStored(context.address, { cause: error }) : error;
    });
    context.atEnd(() => file.close());
    return file.createReadStream({ signal: context.signal });
  },
});

/**
 * Parquet files: an asset returns `parquetFile(path)`, of which a copy is kept, and the assets below it get a file that they
 * read with whatever reads Parquet.
 */
export const parquetIoManager: IoManager<ParquetFile> = ioManager("parquet", {
  description: "Parquet files",
  handleOutput: async (context, value: ParquetFile) => {
    const file = requireParquetFile(value);
    await writeValue(context, ".parquet", createReadStream(file.path));
  },
  loadInput: async (context) => {
    const path = storagePath(context.storageDirectory, context.address, ".parquet");
    if (!existsSync(path)) throw new ValueNotStored(context.address);
    return parquetFile(path);
  },
});

/**
 * An IO manager for files with values in a format of your own, or of a package such as `millrace-arrow`.
 *
 * @example
 * const texts = formatIoManager("texts", {
 *   extension: ".txt",
 *   encode: (value) => Buffer.from(String(value)),
 *   decode: (bytes) => Buffer.from(bytes).toString(),
 * });
 */
export function formatIoManager(name: string, format: ValueFormat): IoManager {
  return fileManager(name, format, `Files *${format.extension}`);
}

function fileManager<T>(name: string, format: ValueFormat, description: string): IoManager<T> {
  return ioManager(name, {
    description,
    format,
    handleOutput: (context, value: T) =>
      // Of an asset that returns nothing, since its code has stored it elsewhere, the file is not where it is.
      writeValue(context, format.extension, format.encode(value), value !== undefined),
    loadInput: async (context) => format.decode(await readValue(context, format.extension)),
  });
}

/**
 * Writes elsewhere in the folder and renames, so that a worker that dies leaves the old value, never half of the new one.
 *
 * @param isTold whether the asset's metadata says where its file is.
 */
async function writeValue(
  context: OutputContext,
  extension: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  isTold = true,
): Promise<void> {
  const { storageDirectory } = context;
  const path = storagePath(storageDirectory, context.address, extension);
  sweepDrafts(storageDirectory);
  const draft = draftPath(storageDirectory);
  const isSmall = bytes instanceof Uint8Array && bytes.length <= SMALL_BYTES;
  try {
    await afterMaking(dirname(draft), () =>
      isSmall ? writeFileSync(draft, bytes) : writeFile(draft, bytes, { signal: context.signal }),
    );
    await afterMaking(dirname(path), () => (isSmall ? renameSync(draft, path) : rename(draft, path)));
  } catch (error) {
    // On a full disk it would be the draft that keeps it full.
    rmSync(draft, { force: true });
    throw explainNoRoom(
      `The value of ${describeAddress(context.address)} can't be stored`,
      storageDirectory,
      error,
    );
  }
  if (isTold && context.address.assetKey !== null) context.addMetadata({ path });
}

/** Does something in a folder, which is made where it turns out to be missing. */
async function afterMaking(folder: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folder, { recursive: true });
    await work();
  }
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
