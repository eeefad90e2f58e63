import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeLockHolder, readLockHolder, tryLockFile } from "./file-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-file-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a process that locks the file, prints whether it could, and waits. */
async function startHolder(
  file: string,
): Promise<{ readonly child: ChildProcess; readonly hasLock: boolean }> {
  const module = new URL("file-lock.ts", import.meta.url).href;
  const script = `
    const { tryLockFile } = await import(${JSON.stringify(module)});
    process.send(tryLockFile(${JSON.stringify(file)}) !== null);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [hasLock] = (await once(child, "message")) as [boolean];
  return { child, hasLock };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("a file is locked for one at a time, who is named; a released lock can be taken again", () => {
  const file = join(folder, "one");
  const first = tryLockFile(file);

  expect(tryLockFile(file)).toBeNull();
  expect(readLockHolder(file)).toEqual({ pid: process.pid, host: hostname() });
  expect(describeLockHolder(file)).toBe(`process ${process.pid} on host ${hostname()}`);

  first?.release();
  const second = tryLockFile(file);
  expect(second).not.toBeNull();
  second?.release();
});

test("the lock of a process that is killed is free at once", async () => {
  const file = join(folder, "killed");
  const { child, hasLock } = await startHolder(file);
  expect(hasLock).toBe(true);
  expect(tryLockFile(file)).toBeNull();
  expect(readLockHolder(file)?.pid).toBe(child.pid);

  await kill(child);

  const lock = tryLockFile(file);
  expect(lock).not.toBeNull();
  lock?.release();
});

test("of several processes that ask at once, one gets it", async () => {
  const file = join(folder, "race");

  const holders = await Promise.all([1, 2, 3, 4].map(() => startHolder(file)));

  expect(holders.filter(({ hasLock }) => hasLock)).toHaveLength(1);
  await Promise.all(holders.map(({ child }) => kill(child)));
});

test("a child that inherits the lock keeps it when its parent gives it up", async () => {
  const file = join(folder, "inherited");
  const lock = tryLockFile(file);
  const child = spawn("sleep", ["1000"], { stdio: ["ignore", "ignore", "ignore", lock?.descriptor] });
  await once(child, "spawn");
  lock?.noteHolder(child.pid ?? 0);

  lock?.release();
  expect(tryLockFile(file)).toBeNull();
  expect(readLockHolder(file)?.pid).toBe(child.pid);
  await kill(child);

  const next = tryLockFile(file);
  expect(next).not.toBeNull();
  next?.release();
});

test("a lock on a file that was deleted does not pass for one on its successor", () => {
  const file = join(folder, "deleted");
  const first = tryLockFile(file);
  rmSync(file);

  const second = tryLockFile(file);

  expect(second).not.toBeNull();
  expect(tryLockFile(file)).toBeNull();
  first?.release();
  second?.release();
});
