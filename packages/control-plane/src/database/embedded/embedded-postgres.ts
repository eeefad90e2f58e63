import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
import { copyBinaries, EmbeddedPostgresUnavailable, findPostgresPackage, hasSymlinks } from "./binaries.ts";
import {
  createCluster,
  DATABASE_NAME,
  databaseUrl,
  serverArguments,
  spawnOptions,
  type Cluster,
} from "./cluster.ts";
import { lockFolder } from "./home-lock.ts";
import { stopServerOf } from "./server-process.ts";
import { prepareServerFolder } from "./server-folder.ts";
import { findServerUser, SYSTEM_FOLDER } from "./server-user.ts";
import { prepareSocketFolder } from "./socket-folder.ts";

/** How long a start may take; replaying the log after a crash is the longest part. */
const START_TIMEOUT_MS = 60_000;
/** Pause before another try when the server won't start again. */
const RESTART_DELAY_MS = 1_000;
const MAX_LOG_BYTES = 1_000_000;

/** A PostgreSQL server that lives and ends with this process. */
export interface EmbeddedPostgres {
  /** For `connect`. */
  readonly url: string;
  /** The server's process id now; it changes when a server that died was replaced. */
  readonly pid: () => number;
  /** Ends the server in order and returns once it has gone. */
  readonly close: () => Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Data, log and lock live in its folder `postgres`, see `prepareServerFolder`. */
  readonly home: string;
  readonly logger: Logger;
  /** False: no fsync, for throwaway databases of tests. Default: true. */
  readonly durable?: boolean;
}

/**
 * Starts the PostgreSQL that npm has brought, on a unix socket and without TCP, and starts it again whenever it dies. A server
 * that an earlier, killed process has left behind is stopped first. As root the server runs as an unprivileged user.
 *
 * @throws EmbeddedPostgresUnavailable where it can't run; the message asks for DATABASE_URL.
 * @throws HomeInUse when another Millrace server runs on this home.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger } = options;
  const source = findPostgresPackage();
  const folder = await prepareServerFolder(options.home);
  const unlock = lockFolder(folder);
  try {
    const dataFolder = join(folder, "data");
    const user = findServerUser(dataFolder);
    const cluster: Cluster = {
      binaries: user
        ? copyBinaries(source, SYSTEM_FOLDER)
        : hasSymlinks(source)
          ? source.folder
          : copyBinaries(source, folder),
      dataFolder,
      user,
      durable: options.durable ?? true,
    };
    await createCluster(cluster);
    const socketFolder = prepareSocketFolder(dataFolder, user);
    const start = (): Promise<ChildProcess> => startServer(cluster, socketFolder, join(folder, "log"));
    const keeper = await keepRunning(start, logger);
    return {
      url: databaseUrl(socketFolder, DATABASE_NAME),
      pid: keeper.pid,
      async close() {
        await keeper.close();
        if (socketFolder !== dataFolder) rmSync(socketFolder, { recursive: true, force: true });
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Starts a server and replaces it when it dies before `close`. */
async function keepRunning(
  start: () => Promise<ChildProcess>,
  logger: Logger,
): Promise<{ readonly pid: () => number; readonly close: () => Promise<void> }> {
  const closing = new AbortController();
  let server = await start();
  const kept = keep();
  return {
    pid: () => server.pid ?? 0,
    async close() {
      closing.abort();
      // Fast shutdown: sessions are cut, the log is flushed.
      server.kill("SIGINT");
      await kept;
    },
  };

  async function keep(): Promise<void> {
    for (;;) {
      if (!hasEnded(server)) await once(server, "exit");
      if (closing.signal.aborted) return;
      logger.error(
        { code: server.exitCode, signal: server.signalCode },
        "the embedded database died, starting it again",
      );
      server = await restart();
      if (closing.signal.aborted) server.kill("SIGINT");
      else logger.info("the embedded database runs again");
    }
  }

  async function restart(): Promise<ChildProcess> {
    for (;;) {
      try {
        return await start();
      } catch (error) {
        if (closing.signal.aborted) return server;
        logger.error(
          { err: error },
          `the embedded database does not start, next try in ${RESTART_DELAY_MS} ms`,
        );
        await sleep(RESTART_DELAY_MS, undefined, { signal: closing.signal }).catch(() => {});
        if (closing.signal.aborted) return server;
      }
    }
  }
}

/** Starts the server on a data folder that nobody uses, and returns once it answers and our database is there. */
async function startServer(cluster: Cluster, socketFolder: string, logFile: string): Promise<ChildProcess> {
  await stopServerOf(cluster.dataFolder);
  // PostgreSQL refuses a socket whose lock names a process that has ended and that nobody has collected yet.
  for (const file of [".s.PGSQL.5432", ".s.PGSQL.5432.lock"])
    rmSync(join(socketFolder, file), { force: true });
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES)
    renameSync(logFile, `${logFile}.old`);
  // A file and not a pipe: the server must be able to write when we are gone.
  const log = openSync(logFile, "a");
  const logStart = statSync(logFile).size;
  const server = spawn(join(cluster.binaries, "bin/postgres"), serverArguments(cluster, socketFolder), {
    ...spawnOptions(cluster),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  await once(server, "spawn");
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(socketFolder))) {
    if (hasEnded(server) || Date.now() > deadline) {
      server.kill("SIGQUIT");
      const said = readFileSync(logFile).subarray(logStart).toString("utf8").trim().slice(-2_000);
      throw new EmbeddedPostgresUnavailable(
        `The embedded Postgres did not start (log: ${logFile}): ${said}. Set DATABASE_URL to use another PostgreSQL`,
      );
    }
    await sleep(5);
  }
  return server;
}

function hasEnded(child: ChildProcess): boolean {
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
