import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { parseFields, textField } from "../../home/state-file.ts";
import { createCodeServerClient } from "../code-server-client.ts";
import type { CodeServer, CodeServerLaunch } from "../launcher.ts";
import { readLastOutput } from "../files/process-end.ts";
import { endedBefore, LOAD_TIMEOUT_MS, loadedTooLong } from "../launch-failures.ts";
import { parseReadyCode, readAnnouncement, type ReadyCode } from "../files/ready-code.ts";
import {
  isRunning,
  killGroup,
  parseProcessIdentity,
  type ProcessIdentity,
} from "../../home/process-identity.ts";
import type { ProcessHost } from "./process-host.ts";
import {
  getFolder,
  spawnForLocation,
  stopProcess,
  untilAdoptedEnded,
  type SpawnedProcess,
} from "./spawn-process.ts";

const STOP_GRACE_MS = 10_000;

/** What is kept about a code server, so that the next agent finds it. */
interface CodeServerRecord extends ReadyCode {
  readonly process: ProcessIdentity;
  readonly socket: string;
  readonly log: string;
}

/** Starts a code server as a process and waits for its `ready`. See `Launcher.startCodeServer`. */
export async function startCodeServerProcess(
  host: ProcessHost,
  launch: CodeServerLaunch,
  signal: AbortSignal,
): Promise<CodeServer> {
  signal.throwIfAborted();
  const { command, socketFolder, ids } = host;
  const { document, locationName } = launch;
  const { workingDirectory, entry } = getFolder(document);
  const socket = join(socketFolder, `cs-${ids.newId().slice(0, 8)}.sock`);
  const log = join(launch.directory, "log");
  const words = [
    ...command,
    "api",
    "code-server",
    `--working-directory=${workingDirectory}`,
    `--entry=${entry}`,
    `--location=${locationName}`,
    `--socket=${socket}`,
  ];
  const before = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const spawned = spawnForLocation(host, document, words, { stdout: log, stderr: log });
  try {
    const ready = await untilReady(host.clock, spawned, () => readLastOutput(log, before), signal);
    return createCodeServer(host, { process: spawned.identity, socket, log, ...ready }, spawned.ended);
  } catch (error) {
    killGroup(spawned.identity);
    await spawned.ended;
    rmSync(socket, { force: true });
    throw error;
  }
}

/** Finds a code server that an earlier agent started. Null when it is gone. Throws when the record can't be read. */
export function findCodeServerProcess(host: ProcessHost, record: unknown): CodeServer | null {
  const fields = parseFields(record);
  const parsed: CodeServerRecord = {
    process: parseProcessIdentity(fields["process"]),
    socket: textField(fields, "socket"),
    log: textField(fields, "log"),
    ...parseReadyCode(fields),
  };
  if (!isRunning(parsed.process)) {
    rmSync(parsed.socket, { force: true });
    return null;
  }
  return createCodeServer(host, parsed, untilAdoptedEnded(host, parsed.process, parsed.log));
}

function createCodeServer(
  { clock }: ProcessHost,
  record: CodeServerRecord,
  ended: Promise<WorkerEnd>,
): CodeServer {
  ended.catch(() => {}); // The agent stops looking after it.
  return {
    record,
    place: `process ${record.process.pid}`,
    codeDigest: record.codeDigest,
    code: { bundle: record.bundle },
    warnings: record.warnings,
    ended,
    connect: async () => createCodeServerClient(`unix:${record.socket}`, clock),
    async stop() {
      await stopProcess(clock, record.process, ended, STOP_GRACE_MS);
      rmSync(record.socket, { force: true });
    },
    async kill() {
      killGroup(record.process);
    },
  };
}

async function untilReady(
  clock: Clock,
  { child, ended }: SpawnedProcess,
  readLast: () => string,
  signal: AbortSignal,
): Promise<ReadyCode> {
  const outcome = Promise.withResolvers<ReadyCode>();
  child.on("message", (message: unknown) => {
    try {
      const ready = readAnnouncement(message);
      if (ready !== null) outcome.resolve(ready);
    } catch (error) {
      outcome.reject(error);
    }
  });
  void ended.then((end) => outcome.reject(endedBefore("The code server", end, "it was ready")));
  const ready = await within(clock, LOAD_TIMEOUT_MS, outcome.promise, signal);
  if (ready !== TOO_LATE) return ready;
  throw loadedTooLong(readLast());
}
