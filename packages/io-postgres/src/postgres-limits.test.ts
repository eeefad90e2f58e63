import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { asset, withConfig, type IoManager } from "millrace";
import { materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { postgresDatabase } from "./postgres-database.ts";
import { postgresIoManager } from "./postgres-io-manager.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

type Config = Readonly<Record<string, string | number>>;
const tablesWith = (config: Config = {}): IoManager =>
  postgresIoManager("tables", withConfig(postgresDatabase("warehouse"), { url: database.url, ...config }));
const sessions = async () => {
  const { rows } = await database.pool.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'millrace'",
  );
  return rows[0]?.n;
};

/** Stores a row in a table that another session holds locked, until the test ends. */
async function storeLocked(
  table: string,
  options: { timeoutSeconds?: number; signal?: AbortSignal; config?: Config },
): Promise<Awaited<ReturnType<typeof materialize>>> {
  await database.pool.query(
    `create table ${table} (id int); comment on table ${table} is 'Millrace asset ${table}'`,
  );
  const holder = await database.pool.connect();
  onTestFinished(async () => {
    await holder.query("rollback");
    holder.release();
  });
  await holder.query(`begin; lock table ${table}`);
  const tables = tablesWith(options.config);
  const { timeoutSeconds, signal } = options;
  const limits = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  const target = asset(table, { ioManager: tables, ...limits }, () => [{ id: 1 }]);
  return materialize([target], {
    ioManagers: { tables },
    throwOnFailure: false,
    ...(signal === undefined ? {} : { signal }),
  });
}

test("a canceled run ends at once, and leaves no statement in the database", async () => {
  const started = performance.now();
  const result = await storeLocked("locked_cancel", { signal: AbortSignal.timeout(300) });

  expect(result.outcome).toBe("CANCELED");
  expect(performance.now() - started).toBeLessThan(4_500);
  await vi.waitFor(async () => expect(await sessions()).toBe(0));
});

test("a step whose time is over leaves no statement in the database", async () => {
  const result = await storeLocked("locked_timeout", { timeoutSeconds: 0.3 });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({ code: "step_timed_out" });
  await vi.waitFor(async () => expect(await sessions()).toBe(0));
});

test("statements and locks are limited where the config says so", async () => {
  const locked = await storeLocked("locked_lock", { config: { lockTimeoutSeconds: 0.2 } });
  expect(locked.eventsOf("STEP_FAILURE")[0]?.error.message).toMatch(
    /refused asset "locked_lock" \(table "public"\."locked_lock"\): canceling statement due to lock timeout/,
  );
  const slow = await storeLocked("locked_statement", { config: { statementTimeoutSeconds: 0.2 } });
  expect(slow.eventsOf("STEP_FAILURE")[0]?.error.message).toContain(
    "canceling statement due to statement timeout",
  );
});

test("a server that takes connections and says nothing is given up on, and named", async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const tables = tablesWith({ url: `postgresql://x@127.0.0.1:${port}/wh`, connectTimeoutSeconds: 0.2 });

  const rows = asset("rows", { ioManager: tables }, () => [{ id: 1 }]);
  const result = await materialize([rows], { ioManagers: { tables }, throwOnFailure: false });

  expect(result.eventsOf("RESOURCE_INIT_FAILURE")[0]?.error.message).toMatch(
    new RegExp(`The database "warehouse" at 127\\.0\\.0\\.1:${port}/wh can not be reached: .*timeout`),
  );
});

test("config that is not known is refused, and no stream that was not read to its end keeps a connection", async () => {
  const tables = tablesWith();
  const source = asset("held_source", { ioManager: tables }, async function* () {
    for (let id = 0; id < 100_000; id++) yield { id };
  });
  const peek = asset("held_peek", { deps: [source], ioManager: tables }, async (_context, rows) => {
    const { value } = await rows.next();
    return [value];
  });

  await materialize([source, peek], { ioManagers: { tables } });
  await vi.waitFor(async () => expect(await sessions()).toBe(0));

  const unknown = tablesWith({ sslmode: "require" });
  const rows = asset("rows", { ioManager: unknown }, () => [{ id: 1 }]);
  await expect(materialize([rows], { ioManagers: { tables: unknown } })).rejects.toThrow("sslmode");
});
