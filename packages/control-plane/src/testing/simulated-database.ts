import { readFileSync } from "node:fs";
import { sql } from "kysely";
import { Pool, type PoolClient } from "pg";
import { clientConfig, connect, type Db } from "../database/connect.ts";
import { ensureEventPartitions } from "../database/event-partitions.ts";
import { migrate } from "../database/migrate.ts";
import { createStatementNames } from "../database/named-statements.ts";
import { cloneDatabase, withDatabase, type TestDatabase } from "./clone-database.ts";

/** The template of simulated databases, made once for all tests by `createSimulatedTemplate`. */
export const SIMULATED_TEMPLATE = "millrace_simulated_template";

/** When simulated time begins. In the past: what the server knows of its real transactions must seem to be later. */
export const SIMULATION_START_MS = Date.UTC(2025, 0, 1);

/** A migrated database whose `now()` moves only when it is told to, and whose ids are the same each time. */
export interface SimulatedDatabase extends TestDatabase {
  readonly connections: SimulatedConnections;
  /** Moves `now()` on for the transactions that begin from now on. */
  readonly advance: (seconds: number) => Promise<void>;
  /** The instant of a transaction that begins now, in milliseconds since the epoch. */
  readonly getTime: () => Promise<number>;
  /** Sets `now()` of the transactions that begin from now on, in milliseconds since the epoch. */
  readonly setTime: (milliseconds: number) => Promise<void>;
}

/**
 * For who decides himself which connection a statement takes. One simulation after another has them: server processes have learned
 * the tables and the statements then, which takes them longer than a simulation.
 */
export interface SimulatedConnections {
  readonly pool: Pool;
  /** As `createStatementNames`: the name of a text that is prepared under it. */
  readonly nameOf: (text: string) => string | null;
  /** What a connection has notified of and nobody has taken yet. */
  readonly noticesOf: (client: PoolClient) => string[];
}

/** Connections that transactions may hold at once. */
const MAX_CONNECTIONS = 60;

/** Clones the simulated template of a test server. */
export async function openSimulatedDatabase(
  serverUrl: string,
): Promise<SimulatedDatabase & { readonly drop: () => Promise<void> }> {
  const clone = await cloneDatabase(serverUrl, SIMULATED_TEMPLATE, lookUpInSimulation);
  const { db } = clone;
  const pool = new Pool({ ...clientConfig(clone.url), max: MAX_CONNECTIONS });
  // A simulation that failed may leave connections to a database that is dropped.
  const notices = new WeakMap<PoolClient, string[]>();
  pool.on("connect", (client) => {
    const told: string[] = [];
    notices.set(client, told);
    client.on("error", () => {});
    client.on("notice", ({ message = "" }) => void told.push(message));
  });
  pool.on("error", () => {});
  return {
    ...clone,
    connections: { pool, nameOf: createStatementNames(), noticesOf: (client) => notices.get(client) ?? [] },
    async advance(seconds) {
      await sql`update simulation.clock set instant = instant + make_interval(secs => ${seconds})`.execute(
        db,
      );
    },
    async getTime() {
      const result = await sql<{ now: Date }>`select instant as now from simulation.clock`.execute(db);
      return result.rows[0]?.now.getTime() ?? SIMULATION_START_MS;
    },
    async drop() {
      await pool.end();
      await clone.drop();
    },
    async setTime(milliseconds) {
      await sql`update simulation.clock set instant = to_timestamp(${milliseconds}::float8 / 1000)`.execute(
        db,
      );
    },
  };
}

/** Makes the template on a test server. */
export async function createSimulatedTemplate(serverUrl: string): Promise<void> {
  const administration = connect(serverUrl, { maxConnections: 1 });
  await sql`create database ${sql.id(SIMULATED_TEMPLATE)}`.execute(administration);
  await lookUpInSimulation(administration, SIMULATED_TEMPLATE);
  await administration.destroy();
  const template = connect(withDatabase(serverUrl, SIMULATED_TEMPLATE), { maxConnections: 1 });
  await sql.raw(readFileSync(new URL("simulated-time.sql", import.meta.url), "utf8")).execute(template);
  await sql`insert into simulation.clock values (to_timestamp(${SIMULATION_START_MS / 1000}::float8))`.execute(
    template,
  );
  await migrate(template);
  await sql`
    create trigger note_round after insert or update on automation_state for each row execute function simulation.note_round()`.execute(
    template,
  );
  await ensureEventPartitions(template);
  await template.destroy();
}

/** A database's own settings are not cloned with it. */
async function lookUpInSimulation(administration: Db, name: string): Promise<void> {
  await sql`alter database ${sql.id(name)} set search_path = public, simulation, pg_catalog`.execute(
    administration,
  );
  // Each server process plans a statement once, not for its values each time.
  await sql`alter database ${sql.id(name)} set plan_cache_mode = force_generic_plan`.execute(administration);
}
