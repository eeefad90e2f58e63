import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { tryLockFile } from "@millrace/protocol/homes/file-lock";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, afterEach, expect, test } from "vitest";
import { connect, type Db } from "../connect.ts";
import { HomeInUse } from "./home-lock.ts";
import { isAlive } from "./server-process.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";

const logger = pino({ level: "silent" });
const cleanUps: (() => unknown)[] = [];

// For tests that need not be the first that start in a home: what costs is to make a database.
const { home: shared, remove: removeShared } = makeHome();

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});
afterAll(removeShared);

// A folder made like this is closed to other users, so as root this is also the case of a closed home.
function makeHome(folder = "home"): { readonly home: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), "millrace-embedded-"));
  const home = join(parent, folder);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const remove = (): void => {
    rmSync(realpathSync(join(home, "postgres")), { recursive: true, force: true });
    rmSync(parent, { recursive: true, force: true });
  };
  return { home, remove };
}

/** A home of its own for one test. */
function createHome(folder?: string): string {
  const { home, remove } = makeHome(folder);
  cleanUps.push(remove);
  return home;
}

async function start(
  home: string,
  durable = false,
): Promise<EmbeddedPostgres & { readonly db: Db; stop(): Promise<void> }> {
  const server = await startEmbeddedPostgres({ home, logger, durable });
  const db = connect(server.url);
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopped ??= db.destroy().then(server.close));
  cleanUps.push(stop);
  return { ...server, db, stop };
}

test("what was written is there after a stop and a start", async () => {
  const first = await start(shared);
  await sql`create table note (text text)`.execute(first.db);
  await sql`insert into note values ('kept')`.execute(first.db);
  await first.stop();

  const second = await start(shared);

  expect((await sql`select text from note`.execute(second.db)).rows).toEqual([{ text: "kept" }]);
});

test("a postmaster that is killed is replaced, and nothing committed is lost", async () => {
  const { db, pid } = await start(shared, true);
  await sql`create table survivor (text text)`.execute(db);
  await sql`insert into survivor values ('kept')`.execute(db);
  const killed = pid();

  process.kill(killed, "SIGKILL");

  await expect.poll(pid, { timeout: 25_000 }).not.toBe(killed);
  await expect
    .poll(
      () =>
        sql`select text from survivor`.execute(db).then(
          ({ rows }) => rows,
          () => null,
        ),
      { timeout: 25_000 },
    )
    .toEqual([{ text: "kept" }]);
});

/** Starts a process that runs an embedded server and tells the server's id. */
async function startParent(
  home: string,
): Promise<{ readonly parent: ChildProcess; readonly serverPid: number }> {
  const module = new URL("embedded-postgres.ts", import.meta.url).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { pid } = await startEmbeddedPostgres({ home: ${JSON.stringify(home)}, logger: console });
    process.send(pid());
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  cleanUps.push(() => parent.kill("SIGKILL"));
  const [serverPid] = (await once(parent, "message")) as [number];
  return { parent, serverPid };
}

async function kill(parent: ChildProcess): Promise<void> {
  const ended = once(parent, "exit");
  parent.kill("SIGKILL");
  await ended;
}

test("while a server's parent lives, the home is taken; when it was killed, the home can be had at once", async () => {
  const { parent, serverPid } = await startParent(shared);
  await expect(startEmbeddedPostgres({ home: shared, logger })).rejects.toThrow(HomeInUse);
  await expect(startEmbeddedPostgres({ home: shared, logger })).rejects.toThrow(
    `A Millrace server (process ${parent.pid} on host ${hostname()}) already runs on ${shared}`,
  );

  await kill(parent);
  const { db, pid } = await start(shared);

  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  expect(pid()).not.toBe(serverPid);
  expect(isAlive(serverPid)).toBe(false);
});

test("a server ends when its parent was killed, without anybody's help", async () => {
  const { parent, serverPid } = await startParent(shared);

  await kill(parent);

  await expect.poll(() => isAlive(serverPid), { timeout: 25_000 }).toBe(false);
});

test("a stopped server that can't end yet keeps the home until it is gone", async () => {
  const { parent, serverPid } = await startParent(shared);
  process.kill(serverPid, "SIGSTOP");
  await kill(parent);
  const lock = join(shared, "postgres", "postgres.lock");
  expect(tryLockFile(lock)).toBeNull();

  process.kill(serverPid, "SIGCONT");
  await start(shared);

  expect(isAlive(serverPid)).toBe(false);
});

test("the file by which a server that somebody started by hand keeps the data folder is not deleted", async () => {
  const first = await start(shared);
  await first.stop();
  const dataFolder = join(realpathSync(join(shared, "postgres")), "data");
  const file = join(dataFolder, "postmaster.pid");
  // A living process of the server's user: PostgreSQL believes that it serves the folder.
  const other = spawn("sleep", ["1000"], { uid: statSync(dataFolder).uid, stdio: "ignore" });
  cleanUps.push(() => {
    other.kill();
    rmSync(file);
  });
  writeFileSync(file, `${other.pid}\n`);

  await expect(startEmbeddedPostgres({ home: shared, logger })).rejects.toThrow(/postmaster\.pid/);

  expect(readFileSync(file, "utf8")).toBe(`${other.pid}\n`);
});

test("a home whose path is too long for a socket works too", async () => {
  const { db, url } = await start(createHome(join("long".repeat(20), "path".repeat(20))));

  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  const socketFolder = new URL(url).searchParams.get("host") ?? "";
  expect(Buffer.byteLength(join(socketFolder, ".s.PGSQL.5432"))).toBeLessThan(104);
});

test("a home that was deleted and made again starts with an empty database; a home that was moved keeps its own", async () => {
  const home = createHome();
  const first = await start(home);
  await sql`create table note (text text)`.execute(first.db);
  await first.stop();
  const moved = `${home}-moved`;
  renameSync(home, moved);
  cleanUps.push(() => rmSync(realpathSync(join(moved, "postgres")), { recursive: true, force: true }));

  const [again, kept] = [await start(home), await start(moved)];

  const find = (db: Db): Promise<number> =>
    sql`select from pg_tables where tablename = 'note'`.execute(db).then(({ rows }) => rows.length);
  expect([await find(again.db), await find(kept.db)]).toEqual([0, 1]);
});
