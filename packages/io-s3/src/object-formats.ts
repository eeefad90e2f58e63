import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  parquetFile,
  requireParquetFile,
  toByteStream,
  valueFormats,
  type ByteStream,
  type InputContext,
  type ParquetFile,
  type ValueFormat,
  type ValueFormatName,
} from "millrace";

/** A format by its name, or one of your own. */
export type ObjectFormatOption = ValueFormatName | "stream" | "parquet" | ValueFormat;

/** What values a format stores, as far as the types know it. */
export type StoredAs<F> = F extends "bytes"
  ? string | Uint8Array
  : F extends "stream"
    ? ByteStream
    : F extends "parquet"
      ? ParquetFile
      : unknown;

/** How a value becomes an object and comes back. */
export interface ObjectFormat {
  readonly description: string;
  readonly extension: string;
  readonly contentType: string;
  readonly toBody: (value: unknown) => Uint8Array | AsyncIterable<Uint8Array>;
  readonly fromBody: (
    body: AsyncIterable<Uint8Array>,
    context: Pick<InputContext, "atEnd" | "signal">,
  ) => Promise<unknown>;
}

/** What an option means. */
export function objectFormat(option: ObjectFormatOption): ObjectFormat {
  const contentType = option === "json" ? "application/json" : "application/octet-stream";
  if (option === "stream") {
    return {
      description: option,
      extension: ".bin",
      contentType,
      toBody: toByteStream,
      fromBody: async (body, { atEnd }) => {
        const stream = Readable.from(body, { objectMode: false });
        atEnd(() => stream.destroy());
        return stream;
      },
    };
  }
  if (option === "parquet") {
    return {
      description: option,
      extension: ".parquet",
      contentType: "application/vnd.apache.parquet",
      toBody: (value) => createReadStream(requireParquetFile(value).path),
      fromBody: loadParquet,
    };
  }
  const format: ValueFormat = typeof option === "string" ? valueFormats[option] : option;
  return {
    description: typeof option === "string" ? option : `*${option.extension}`,
    extension: format.extension,
    contentType,
    toBody: format.encode,
    fromBody: async (body) => format.decode(await buffer(body)),
  };
}

/** A copy on this machine, for as long as the step runs. */
async function loadParquet(
  body: AsyncIterable<Uint8Array>,
  { atEnd, signal }: Pick<InputContext, "atEnd" | "signal">,
): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-parquet-"));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "value.parquet");
  await writeFile(path, body, { signal });
  return parquetFile(path);
}
