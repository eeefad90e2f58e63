import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Logger } from "millrace";

/** How long a file stays open after its last use, in milliseconds: what comes next in the same run need not open it again. */
const LINGER_MS = 50;
/** The pause between two tries to open a file that another process has, in milliseconds; it grows. */
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;

/** Another process had the database's file open for too long. */
export class DuckdbFileBusy extends Error {
  readonly code = "duckdb_file_busy";

  constructor(path: string, seconds: number, cause: Error) {
    const holder = /\(PID (\d+)\)/.exec(cause.message)?.[1];
    const who = holder === undefined ? "another process" : `process ${holder}`;
    super(
      `The DuckDB file ${path} was in use by ${who} for ${seconds} s: DuckDB lets one process at a time in. End that process, have it close the file, or raise lockTimeoutSeconds`,
      { cause },
    );
    this.name = "DuckdbFileBusy";
  }
}

/** How a file is opened. */
export interface DuckdbFileOptions {
  readonly path: string;
  /** DuckDB's own settings, such as `memory_limit`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly lockTimeoutSeconds: number;
}

/** A file that this process has open or waits for, for everyone in it who names it. */
interface SharedFile {
  readonly path: string;
  readonly opening: Promise<DuckDBInstance>;
  instance: DuckDBInstance | null;
  users: number;
  closing: NodeJS.Timeout | null;
  /** Ends when the last write that was asked for does: writes go one after the other. */
  lastWrite: Promise<unknown>;
}

/**
 * Files by path. One process must not open a file twice: DuckDB's instances would not know of each other, and closing one
 * would give up the lock of both.
 */
const files = new Map<string, SharedFile>();

/** A file that is open. */
export interface DuckdbFile {
  readonly instance: DuckDBInstance;
  /** Does something after all writes that were asked for before it. */
  queueWrite<T>(write: () => Promise<T>): Promise<T>;
}

/** A file that stays open until whoever has it lets go of it. */
export interface HeldDuckdbFile extends DuckdbFile, Disposable {}

/**
 * Takes hold of a file. It is closed soon after the last one who has it is done, so that other processes get in.
 *
 * @throws DuckdbFileBusy when another process has it for too long.
 */
export async function holdDuckdbFile(
  options: DuckdbFileOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<HeldDuckdbFile> {
  for (;;) {
    signal.throwIfAborted();
    const file = acquire(options, log, signal);
    let instance: DuckDBInstance | null = null;
    try {
      instance = await file.opening.catch((error: unknown) => {
        // It was the one who opened the file for all that was interrupted: then this one tries.
        if (signal.aborted || !(error instanceof Error && error.name === "AbortError")) throw error;
        return null;
      });
    } finally {
      if (instance === null) release(file);
    }
    if (instance !== null)
      return {
        instance,
        queueWrite: (write) => queueWrite(file, write),
        [Symbol.dispose]: () => release(file),
      };
  }
}

/** Closes a file at once, unless somebody has it. */
export function closeDuckdbFile(path: string): void {
  const file = files.get(canonicalPath(path));
  if (!file?.closing) return;
  clearTimeout(file.closing);
  close(file);
}

function queueWrite<T>(file: SharedFile, write: () => Promise<T>): Promise<T> {
  const turn = file.lastWrite.then(write);
  file.lastWrite = turn.catch(() => {});
  return turn;
}

function acquire(options: DuckdbFileOptions, log: Logger, signal: AbortSignal): SharedFile {
  const path = canonicalPath(options.path);
  const known = files.get(path);
  if (known) {
    if (known.closing) clearTimeout(known.closing);
    known.closing = null;
    known.users++;
    return known;
  }
  const opening = open(path, options, log, signal);
  const file: SharedFile = {
    path,
    opening,
    instance: null,
    users: 1,
    closing: null,
    lastWrite: Promise.resolve(),
  };
  opening.then(
    (instance) => (file.instance = instance),
    () => files.delete(path),
  );
  files.set(path, file);
  return file;
}

function release(file: SharedFile): void {
  file.users--;
  if (file.users === 0 && file.instance !== null) file.closing = setTimeout(() => close(file), LINGER_MS);
}

function close(file: SharedFile): void {
  files.delete(file.path);
  file.instance?.closeSync();
}

/** The one path of a file that may be named by several, with its folder made. */
function canonicalPath(path: string): string {
  const folder = dirname(resolve(path));
  mkdirSync(folder, { recursive: true });
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(folder), basename(path));
  }
}

async function open(
  path: string,
  { settings, lockTimeoutSeconds }: DuckdbFileOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<DuckDBInstance> {
  const deadline = performance.now() + lockTimeoutSeconds * 1_000;
  let pause = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await DuckDBInstance.create(path, { ...settings });
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("Could not set lock on file"))) throw error;
      if (performance.now() + pause > deadline) throw new DuckdbFileBusy(path, lockTimeoutSeconds, error);
      if (attempt === 1) log.info(`Waiting for the DuckDB file ${path}, which another process has open`);
      await sleep(pause * (0.5 + Math.random()), undefined, { signal });
      pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
  }
}
