import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLockHolder, tryLockFile } from "@millrace/protocol/homes/file-lock";
import { sql } from "kysely";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { connect } from "../database/connect.ts";
import { startEmbeddedPostgres } from "../database/embedded/embedded-postgres.ts";
import { SERVER_LOCK } from "../database/embedded/home-lock.ts";
import { stopServerOf } from "../database/embedded/server-process.ts";
import { ensureEventPartitions } from "../database/event-partitions.ts";
import { migrate } from "../database/migrate.ts";
import { createSimulatedTemplate } from "./simulated-database.ts";
import { TEMPLATE_DATABASE, withDatabase } from "./clone-database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The throwaway server's address; its databases are made by `createTestDatabase`. */
    testDatabaseUrl: string;
  }
}

const HOME_PREFIX = "millrace-tests-";

/**
 * Vitest's global set-up: one throwaway server for the run, with a migrated template database. Returns the tear-down.
 * Nothing has to be installed: it is the embedded server, without fsync.
 */
export async function setup(project: Pick<TestProject, "provide">): Promise<() => Promise<void>> {
  await endAbandonedServers();
  const home = mkdtempSync(join(tmpdir(), HOME_PREFIX));
  chmodSync(home, 0o755); // so that root's server user may enter it
  const server = await startEmbeddedPostgres({ home, logger: pino({ level: "error" }), durable: false });
  await createTemplate(server.url);
  await createSimulatedTemplate(server.url);
  project.provide("testDatabaseUrl", server.url);
  return async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  };
}

/** Ends what test runs that were killed have left behind. */
async function endAbandonedServers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(HOME_PREFIX))) {
    const home = join(tmpdir(), name);
    const lockPath = join(home, "postgres", SERVER_LOCK);
    // Without a holder, it is about to be locked for the first time.
    if (
      statSync(home, { throwIfNoEntry: false })?.uid !== process.getuid?.() ||
      readLockHolder(lockPath) === null
    )
      continue;
    const lock = tryLockFile(lockPath);
    if (lock === null) continue;
    await stopServerOf(join(home, "postgres/data"));
    rmSync(home, { recursive: true, force: true });
    lock.release();
  }
}

async function createTemplate(url: string): Promise<void> {
  const administration = connect(url, { maxConnections: 1 });
  await sql`create database ${sql.id(TEMPLATE_DATABASE)}`.execute(administration);
  await administration.destroy();
  const template = connect(withDatabase(url, TEMPLATE_DATABASE), { maxConnections: 1 });
  await migrate(template);
  await ensureEventPartitions(template);
  await template.destroy();
}
