import type { Server as HttpServer } from "node:http";
import type { Logger } from "pino";
import { systemIds, type Ids } from "@millrace/model/randomness";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import { checkServerOptions } from "./check-server-options.ts";
import { createAgentApiEndpoint } from "./agent-api/agent-api-endpoint.ts";
import { createSnapshotUpload } from "./agent-api/snapshot-upload.ts";
import { runDaemons } from "./daemons/run-daemons.ts";
import { createWorkEffects } from "./all-work-effects.ts";
import { listDaemons } from "./all-daemons.ts";
import { checkDatabase, explainMigrationError } from "./database/check-database.ts";
import { connect } from "./database/connect.ts";
import { startEmbeddedPostgres } from "./database/embedded/embedded-postgres.ts";
import { ensureEventPartitions } from "./database/event-partitions.ts";
import { migrate } from "./database/migrate.ts";
import { createWriteFailures, tryToWrite } from "./database/write-failures.ts";
import { createUserApiEndpoint } from "./user-api/user-api-endpoint.ts";
import { createApp } from "./http/create-app.ts";
import { listen } from "./http/listen.ts";
import { explainFailures } from "./logs/storage/explain-failures.ts";
import { openLogStorage } from "./logs/storage/open-log-storage.ts";
import type { ServerContext } from "./context/server-context.ts";
import { createWakeListener } from "./wake/wake-listener.ts";
import { createClaimDesk } from "./claims/claim-desk.ts";

/** What a server may do: answer the page and both APIs, or run the daemons. */
export const SERVER_ROLES = ["api", "daemons"] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

/** How to run a control plane. */
export interface ServerOptions {
  /** Address or name to listen on, such as `127.0.0.1`. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where people reach the page, such as `https://millrace.example`; it answers to that name too. Default: what it listens on. */
  readonly publicUrl?: string;
  /** Folder for the embedded database, and for output. */
  readonly home: string;
  /** A PostgreSQL 15 or later. Default: an embedded one, in `home`. */
  readonly databaseUrl?: string;
  /** The same database for the one connection that must stay one session, where `databaseUrl` is a pooler. Default: `databaseUrl`. */
  readonly listenUrl?: string;
  /** Where output is kept: `s3://BUCKET/PREFIX` or a folder. Default: `logs` in `home`. */
  readonly logs?: string;
  /** Keys that output is sealed with, see `parseLogKeys`. Default: it is not. */
  readonly logKeys?: string;
  /** What it does of all that; its health is answered in any case. Default: everything. */
  readonly roles?: readonly ServerRole[];
  readonly logger: Logger;
  /** Default: the time of this machine. */
  readonly clock?: Clock;
  /** Default: ids that were never there before. */
  readonly ids?: Ids;
}

/** A control plane that serves. */
export interface Server {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Answers held requests, lets daemons finish their tick, ends the embedded database. */
  close(): Promise<void>;
}

/** Milliseconds that requests get to end when the server closes. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Starts a control plane: database (migrated), daemons, APIs and web app. Any number may run on one database.
 *
 * @throws AddressUnusable, DatabaseUnusable, EmbeddedPostgresUnavailable, HomeInUse, HomeUnusable, MigrationRefused with what
 *   to do about it.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { logger, clock = systemClock, ids = systemIds, roles = SERVER_ROLES } = options;
  checkServerOptions(options);
  const embedded = options.databaseUrl ? null : await startEmbeddedPostgres({ home: options.home, logger });
  const databaseUrl = embedded?.url ?? options.databaseUrl ?? "";
  const writes = createWriteFailures(clock, () => tryToWrite(db));
  const db = connect(databaseUrl, {
    // The statement that used the connection reports the failure itself, so this is only logged for debugging.
    onConnectionLost: (error) => logger.debug({ reason: error.message }, "lost a connection to the database"),
    onStatementFailed: writes.note,
  });
  const bus = createWakeListener(options.listenUrl ?? databaseUrl, { db, logger, clock, ids });
  let listensOn = formatUrl(options.host, options.port);
  const pageUrl = (): string => options.publicUrl?.replace(/\/+$/, "") ?? listensOn;
  const logs = explainFailures(openLogStorage(options.home, ids, options.logs, options.logKeys), logger);
  const context: ServerContext = { db, bus, logs, claims: createClaimDesk(), logger, clock, ids, pageUrl };
  const closing = new AbortController();
  let daemons: Promise<void> = Promise.resolve();

  async function close(): Promise<void> {
    closing.abort();
    await bus.close();
    await daemons;
    await db.destroy();
    await embedded?.close();
  }

  try {
    if (!embedded) await checkDatabase(db);
    const applied = await migrate(db).catch((error: unknown) => {
      throw explainMigrationError(error);
    });
    if (applied.length > 0) logger.info({ migrations: applied }, "migrated the database");
    await ensureEventPartitions(db);
    const isApi = roles.includes("api");
    const endpoints = isApi
      ? [createUserApiEndpoint(context), createAgentApiEndpoint(context, createWorkEffects(context))]
      : [];
    const uploads = isApi ? [createSnapshotUpload(context)] : [];
    const app = await createApp({
      clock: context.clock,
      db,
      logger,
      endpoints,
      uploads,
      servesPage: isApi,
      host: options.host,
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      closing: closing.signal,
      findWriteFailure: writes.find,
    });
    await listen(app, options.host, options.port);
    listensOn = formatUrl(options.host, readPort(app.server.address()));
    if (isApi && !isOnlyLocal(options.host))
      logger.warn(
        `the user API asks for no password: whoever reaches ${options.host} can see everything and run your jobs`,
      );
    if (roles.includes("daemons"))
      daemons = runDaemons(listDaemons(createWorkEffects), context, closing.signal);
    return {
      url: listensOn,
      async close() {
        closing.abort();
        await bus.close();
        const closed = new AbortController();
        void clock.sleep(CLOSE_GRACE_MS, closed.signal).then(() => app.server.closeAllConnections());
        await app.close();
        closed.abort();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function readPort(address: ReturnType<HttpServer["address"]>): number {
  if (typeof address !== "object" || address === null) throw new Error("The server listens on no port");
  return address.port;
}

function isOnlyLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** An address that a client on this machine can use. */
function formatUrl(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
