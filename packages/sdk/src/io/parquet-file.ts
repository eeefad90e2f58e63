import { resolve } from "node:path";

/**
 * A Parquet file as a value: `parquetIoManager`, `s3IoManager` with `format: "parquet"` and `duckdbIoManager` store its rows
 * without looking at them in JavaScript, and give the assets below a file.
 */
export class ParquetFile {
  /** Where it is on this machine. One that an IO manager gives is there as long as the step runs, and not to be changed. */
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }
}

/**
 * A Parquet file as a value, for code that has written one.
 *
 * @param path Relative to the folder that the code runs in, or absolute. The file may be removed once the step is over.
 *
 * @example
 * const exported = asset("exported", { ioManager: parquetIoManager }, () => parquetFile("/data/exported.parquet"));
 */
export function parquetFile(path: string): ParquetFile {
  return new ParquetFile(path);
}

/** @throws TypeError saying what an IO manager for Parquet files got instead */
export function requireParquetFile(value: unknown): ParquetFile {
  if (value instanceof ParquetFile) return value;
  throw new TypeError(
    `Parquet files are stored with parquetFile(path), not ${value === null ? "null" : typeof value}`,
  );
}
