import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { findNoRoom } from "@millrace/model/errors/no-room-left";
import { formatOutputMark, type MarkedStream } from "@millrace/model/output-marks";
import { logPath, marksPath } from "@millrace/protocol/journal/worker-files";
import { LOG_STREAMS } from "@millrace/model/worker-streams";
import { createOutputMask } from "./mask-output.ts";
import { findCurrentStep } from "millrace/internal/execution/scope/current-step";

/** Bytes of marks in a worker's folder: some 150,000 changes between steps. Output after that belongs to no step. */
const MAX_MARKS_BYTES = 4 * 1024 * 1024;
/** How far back a process looks for its own bytes when others write to the same stream. */
const MAX_LOOK_BACK_BYTES = 1024 * 1024;

/**
 * Notes from now on which step writes to this process's stdout and stderr through `console`, `process.stdout` or
 * `process.stderr`, and masks secrets in it. Other bytes stay as they are; a mark is written right after them, and only when the step changes. A kill between
 * the two leaves these bytes to the step before.
 * What a full disk refuses is lost, and the code that writes goes on; how much that was stands in the stream once there is room.
 * Several processes may write to the same streams, each with marks of its own. What gets there in other ways, such as from a
 * child process that inherits a stream, belongs to no step, unless nothing was written through this process afterwards.
 *
 * To be called before any code of others runs, which may keep the streams as they are: `console` does, once it was used.
 *
 * @param workerDirectory where the streams are files; streams of this process that lead elsewhere are left alone.
 * @param findOwnStep the step of everything that no code of a step writes; null for the run itself.
 * @param secrets the texts that must not show; may grow.
 * @param onLost is told why output is lost, when some is.
 * @returns how to stop.
 */
export function markOutput(
  workerDirectory: string,
  findOwnStep: () => string | null,
  secrets: ReadonlySet<string>,
  onLost: (cause: string) => void = () => {},
): () => void {
  const marks = openMarks(workerDirectory);
  const restores = LOG_STREAMS.map((stream) =>
    onFirstUse(stream, (target) =>
      markStream(target, stream, logPath(workerDirectory, stream), {
        findOwnStep,
        secrets,
        addMark: marks.add,
        onLost,
      }),
    ),
  );
  return () => {
    for (const restore of restores) restore();
    marks.close();
  };
}

/** Node makes a stream when somebody first asks for it, which takes 4 ms: a step that prints nothing needs none. */
function onFirstUse(
  stream: MarkedStream,
  mark: (target: NodeJS.WriteStream & { readonly fd: number }) => () => void,
): () => void {
  const own = Object.getOwnPropertyDescriptor(process, stream);
  if (own?.get === undefined) return mark(process[stream]);
  let stop = (): void => void Object.defineProperty(process, stream, own);
  const get = (): NodeJS.WriteStream => {
    Object.defineProperty(process, stream, own);
    stop = mark(process[stream]);
    return process[stream];
  };
  Object.defineProperty(process, stream, { ...own, get });
  return () => stop();
}

type AddMark = (stream: MarkedStream, offset: number, stepKey: string | null) => void;

function openMarks(workerDirectory: string): { readonly add: AddMark; readonly close: () => void } {
  let file: number | null = null;
  let full = false;
  return {
    add(stream, offset, stepKey) {
      if (full) return;
      file ??= openSync(marksPath(workerDirectory), "a", 0o600);
      full = fstatSync(file).size >= MAX_MARKS_BYTES;
      writeSync(file, formatOutputMark({ stream, offset, stepKey: full ? null : stepKey }));
    },
    close() {
      if (file !== null) closeSync(file);
    },
  };
}

function markStream(
  target: NodeJS.WriteStream & { readonly fd: number },
  stream: MarkedStream,
  path: string,
  {
    findOwnStep,
    secrets,
    addMark,
    onLost,
  }: {
    readonly findOwnStep: () => string | null;
    readonly secrets: ReadonlySet<string>;
    readonly addMark: AddMark;
    readonly onLost: (cause: string) => void;
  },
): () => void {
  if (!isFile(target.fd, path)) return () => {};
  const reader = openSync(path, "r");
  const write = target.write.bind(target) as (...args: unknown[]) => boolean;
  /** Bytes that are missing since the last ones that are there, and why. */
  let missing = 0;
  let cause = "";
  /** Whose bytes this process wrote last, and where they end. */
  let owner: string | null = null;
  let end = fstatSync(reader).size;

  const outputMask = createOutputMask(secrets);
  let writer: string | null = null;

  function markWrite(bytes: Uint8Array, stepKey: string | null): void {
    const { length } = bytes;
    const { size } = fstatSync(reader);
    // Where nothing else was written since, the bytes stand at the end.
    const start = size - length === end ? end : locate(reader, bytes, end, size);
    if (start !== end && owner !== null) addMark(stream, end, null);
    if (start === null) {
      [owner, end] = [null, size];
      return;
    }
    if (start !== end || stepKey !== owner) addMark(stream, start, stepKey);
    [owner, end] = [stepKey, start + length];
  }

  /**
   * Writes bytes to the file, which the stream itself would do at this very moment too; of a disk without room it would tell `console`,
   * which tells nobody.
   */
  function put(bytes: Uint8Array): void {
    let rest = bytes;
    try {
      if (missing > 0) writeSync(target.fd, `\n… ${missing} bytes are missing here: ${cause}\n`);
      missing = 0;
      while (rest.length > 0) rest = rest.subarray(writeSync(target.fd, rest));
    } catch (error) {
      const reason = findNoRoom(path, error);
      if (reason === null) throw error;
      missing += rest.length;
      cause = reason;
      onLost(reason);
    }
  }

  /** Writes bytes, or what `write` takes with them, and notes whose they are. */
  function writeAs(stepKey: string | null, bytes: Uint8Array, ...rest: unknown[]): boolean {
    if (bytes.length > 0) put(bytes);
    try {
      if (bytes.length > 0) markWrite(bytes, stepKey);
    } catch {
      // A full disk must not fail the code that writes: its output then belongs to no step.
    }
    for (const onWritten of rest) if (typeof onWritten === "function") process.nextTick(onWritten, null);
    return true;
  }

  /** What was held back of the last writer's output. */
  function writeHeld(): void {
    const held = outputMask.takeHeld();
    if (held.length > 0) writeAs(writer, held);
  }

  target.write = (...args: unknown[]): boolean => {
    const [bytes, ...rest] = args;
    if (typeof bytes !== "string" && !(bytes instanceof Uint8Array)) return write(...args);
    const stepKey = findCurrentStep() ?? findOwnStep();
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
    const piece = typeof bytes === "string" ? Buffer.from(bytes, encoding) : Buffer.from(bytes);
    if (secrets.size === 0) return writeAs(stepKey, piece, ...rest);
    if (stepKey !== writer) writeHeld();
    writer = stepKey;
    return writeAs(stepKey, outputMask.mask(piece), ...rest);
  };
  process.on("exit", writeHeld);
  return () => {
    writeHeld();
    if (missing > 0) put(Buffer.alloc(0));
    process.off("exit", writeHeld);
    target.write = write;
    closeSync(reader);
  };
}

/** Where the last of these bytes stand in a file between two offsets, or null when they are not there. */
function locate(file: number, bytes: Uint8Array, from: number, to: number): number | null {
  const start = Math.max(from, to - MAX_LOOK_BACK_BYTES - bytes.length);
  const content = Buffer.alloc(Math.max(0, to - start));
  const read = readSync(file, content, 0, content.length, start);
  const found = content.subarray(0, read).lastIndexOf(bytes);
  return found < 0 ? null : start + found;
}

function isFile(descriptor: number, path: string): boolean {
  const expected = statSync(path, { throwIfNoEntry: false });
  const actual = fstatSync(descriptor);
  return expected !== undefined && actual.ino === expected.ino && actual.dev === expected.dev;
}
