import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { systemClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
import { explainHomeError } from "@millrace/protocol/homes/prepare-home";
import type { Logger } from "pino";
import { copyBinaries, findPostgresPackage, hasSymlinks } from "./binaries.ts";
import { createCluster, DATABASE_NAME, databaseUrl, type Cluster } from "./cluster.ts";
import { takeDatabase } from "./database-lock.ts";
import { lockFolder } from "./home-lock.ts";
import { keepRunning } from "./keep-running.ts";
import { prepareServerFolder } from "./server-folder.ts";
import { rotateLog } from "./server-log.ts";
import { findServerUser, SYSTEM_FOLDER } from "./server-user.ts";
import { prepareSocketFolder } from "./socket-folder.ts";
import { startDatabase } from "./start-server.ts";

/** How often the size of the server's log is looked at. */
const ROTATE_EVERY_MS = 60_000;

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
 * @throws HomeUnusable when nothing can be written to the home.
 * @throws HomeInUse when another Millrace server runs on this home, in whatever container or host.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startInHome(options).catch((error: unknown) => {
    throw explainHomeError(options.home, error);
  });
}

async function startInHome(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger } = options;
  const source = findPostgresPackage();
  const folder = await prepareServerFolder(options.home);
  const lock = lockFolder(folder, options.home);
  try {
    const dataFolder = join(folder, "data");
    const logFile = join(folder, "log");
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
    const socketFolder = prepareSocketFolder(dataFolder, user);
    const keeper = await keepRunning(() => startLocked(cluster, folder, socketFolder, logFile), logger);
    const closing = new AbortController();
    void every(systemClock, ROTATE_EVERY_MS, closing.signal, () => tryRotating(logFile, logger));
    return {
      url: databaseUrl(socketFolder, DATABASE_NAME),
      pid: keeper.pid,
      async close() {
        closing.abort();
        await keeper.close();
        if (socketFolder !== dataFolder) rmSync(socketFolder, { recursive: true, force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function tryRotating(logFile: string, logger: Logger): void {
  try {
    rotateLog(logFile);
  } catch (error) {
    logger.warn({ err: error }, "the log of the embedded database can't be rotated");
  }
}

/** Only the server's processes keep the lock of the data folder, so that it tells whether any of them is left. */
async function startLocked(
  cluster: Cluster,
  folder: string,
  socketFolder: string,
  logFile: string,
): Promise<ChildProcess> {
  const lock = await takeDatabase(folder);
  try {
    await createCluster(cluster, lock);
    return await startDatabase(cluster, socketFolder, logFile, lock);
  } finally {
    lock.release();
  }
}
