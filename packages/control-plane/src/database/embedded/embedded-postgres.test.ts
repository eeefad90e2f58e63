import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { connect, type Db } from "../connect.ts";
import { HomeInUse } from "./home-lock.ts";
import { isAlive } from "./server-process.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";

const logger = pino({ level: "silent" });
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

// A folder made like this is closed to other users, so as root this is also the case of a closed home.
function createHome(folder = "home"): string {
  const parent = mkdtempSync(join(tmpdir(), "millrace-embedded-"));
  const home = join(parent, folder);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  cleanUps.push(() => {
    rmSync(realpathSync(join(home, "postgres")), { recursive: true, force: true });
    rmSync(parent, { recursive: true, force: true });
  });
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
  const home = createHome();
  const first = await start(home);
  await sql`create table note (text text)`.execute(first.db);
  await sql`insert into note values ('kept')`.execute(first.db);
  await first.stop();

  const second = await start(home);

  expect((await sql`select text from note`.execute(second.db)).rows).toEqual([{ text: "kept" }]);
});

test("a postmaster that is killed is replaced, and nothing committed is lost", async () => {
  const { db, pid } = await start(createHome(), true);
  await sql`create table note (text text)`.execute(db);
  await sql`insert into note values ('kept')`.execute(db);
  const killed = pid();

  process.kill(killed, "SIGKILL");

  await expect.poll(pid, { timeout: 25_000 }).not.toBe(killed);
  await expect
    .poll(
      () =>
        sql`select text from note`.execute(db).then(
          ({ rows }) => rows,
          () => null,
        ),
      { timeout: 25_000 },
    )
    .toEqual([{ text: "kept" }]);
});

test("a server whose parent was killed is stopped and replaced; while the parent lives, the home is taken", async () => {
  const home = createHome();
  const module = new URL("embedded-postgres.ts", import.meta.url).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { pid } = await startEmbeddedPostgres({ home: ${JSON.stringify(home)}, logger: console });
    process.send(pid());
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [orphan] = (await once(parent, "message")) as [number];
  await expect(startEmbeddedPostgres({ home, logger })).rejects.toThrow(HomeInUse);

  parent.kill("SIGKILL");
  await once(parent, "exit");
  const { db, pid } = await start(home);

  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  expect(pid()).not.toBe(orphan);
  expect(isAlive(orphan)).toBe(false);
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
