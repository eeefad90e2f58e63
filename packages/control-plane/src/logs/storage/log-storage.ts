import { ExpectedError } from "@millrace/model/expected-error";

/** An object that is there, as a list tells. */
export interface StoredObject {
  readonly key: string;
  /** In milliseconds since 1970, by the storage's own clock. */
  readonly writtenAt: number;
}

/**
 * Where the bytes of output lie; the database has the index of them. A key is words of `[A-Za-z0-9_.%-]` between slashes. What an
 * object holds never changes: whoever puts one again puts the same bytes.
 */
export interface LogStorage {
  /** Where that is, for people. */
  readonly place: string;
  /** What is behind the keys of objects that are put, and says with which key they are sealed; left out: they are not. */
  readonly seal?: string;
  /** Resolves once the bytes would outlive a loss of power. */
  put(key: string, bytes: Buffer): Promise<void>;
  /**
   * Reads the bytes from `start` up to `end` of an object that is at least so long.
   *
   * @throws LogBytesMissing
   */
  get(key: string, start: number, end: number): Promise<Buffer>;
  /** All objects whose keys begin with `folder` and a slash. */
  list(folder: string): Promise<StoredObject[]>;
  /** Those that are not there are passed over. */
  remove(keys: readonly string[]): Promise<void>;
}

/** The index tells of output that the storage does not have. */
export class LogBytesMissing extends ExpectedError {
  readonly code = "log_bytes_missing";
  constructor(place: string, key: string, cause?: unknown) {
    super(
      `The log storage, ${place}, does not have ${key}: if several servers share a database, give each --logs with the same bucket, or a folder that all of them see`,
      { cause },
    );
  }
}
