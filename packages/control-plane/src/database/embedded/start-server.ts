import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@millrace/model/time/clock";
import type { FileLock } from "@millrace/protocol/homes/file-lock";
import { Client } from "pg";
import { EmbeddedPostgresUnavailable } from "./binaries.ts";
import { DATABASE_NAME, databaseUrl, serverArguments, spawnServerProgram, type Cluster } from "./cluster.ts";
import { rotateLog } from "./server-log.ts";

/** How long a start may take; replaying the log after a crash is the longest part. */
const START_TIMEOUT_MS = 60_000;
/** How soon to look again whether it answers; each look is a process of the server, so it becomes rarer while a log is replayed. */
const FIRST_LOOK_MS = 5;
const SLOWEST_LOOK_MS = 50;

/**
 * Starts the server on a data folder that nobody uses, and returns once it answers and our database is there.
 *
 * @param lock handed to the server, which holds it until its last process has ended.
 * @throws EmbeddedPostgresUnavailable with what it said.
 */
export async function startDatabase(
  cluster: Cluster,
  socketFolder: string,
  logFile: string,
  lock: FileLock,
): Promise<ChildProcess> {
  // PostgreSQL refuses a socket whose lock names a process that has ended and that nobody has collected yet.
  for (const file of [".s.PGSQL.5432", ".s.PGSQL.5432.lock"])
    rmSync(join(socketFolder, file), { force: true });
  rotateLog(logFile);
  // A file and not a pipe: the server must be able to write when we are gone.
  const log = openSync(logFile, "a");
  const logStart = statSync(logFile).size;
  const postgres = [join(cluster.binaries, "bin/postgres"), ...serverArguments(cluster, socketFolder)];
  const server = spawnServerProgram(cluster, postgres, log, lock);
  closeSync(log);
  await once(server, "spawn");
  lock.noteHolder(server.pid ?? 0);
  const deadline = systemClock.monotonic() + START_TIMEOUT_MS;
  const never = new AbortController().signal;
  for (let pauseMs = FIRST_LOOK_MS; !(await isReady(socketFolder)); pauseMs *= 1.2) {
    if (hasEnded(server) || systemClock.monotonic() > deadline) {
      server.kill("SIGQUIT");
      const said = readFileSync(logFile).subarray(logStart).toString("utf8").trim().slice(-2_000);
      throw new EmbeddedPostgresUnavailable(
        `The embedded Postgres did not start (log: ${logFile}): ${said}. Set DATABASE_URL to use another PostgreSQL`,
      );
    }
    await systemClock.sleep(Math.min(pauseMs, SLOWEST_LOOK_MS), never);
  }
  return server;
}

/** Whether a child has ended, however. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function isReady(socketFolder: string): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl(socketFolder, "postgres") });
  client.on("error", () => {}); // cut while starting: the next question finds out
  try {
    await client.connect();
    const found = await client.query("select from pg_database where datname = $1", [DATABASE_NAME]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
    return true;
  } catch {
    return false; // no socket yet, or it replays its log
  } finally {
    await client.end().catch(() => {});
  }
}
