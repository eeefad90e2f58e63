import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

/** Says when it can be asked, and then what asked it. */
const PROGRAM = `
import { untilAskedToStop } from ${JSON.stringify(new URL("process-lifetime.ts", import.meta.url).href)};
const cause = untilAskedToStop();
console.log(process.pid);
const holds = setInterval(() => {}, 1_000);
console.log(await cause);
clearInterval(holds);
`;

async function start(command: readonly [string, ...string[]], environment: object = {}) {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, npm_command: undefined, PROGRAM, ...environment },
  });
  const [pid] = (await once(child.stdout, "data")) as [Buffer];
  return { child, pid: Number(String(pid)), rest: text(child.stdout) };
}

async function codeOf(child: ChildProcess): Promise<unknown> {
  return child.exitCode ?? ((await once(child, "exit")) as unknown[])[0];
}

test("a terminal that is closed ends a process in order, also when it is told twice", async () => {
  const { child, rest } = await start([process.execPath, "--input-type=module", "--eval", PROGRAM]);

  child.kill("SIGHUP");
  child.kill("SIGHUP");

  expect(await rest).toBe("SIGHUP\n");
  expect(await codeOf(child)).toBe(0);
});

test("a process that npm started in a shell ends when npm ends the shell", async () => {
  const inShell = `"${process.execPath}" --input-type=module --eval "$PROGRAM"; true`;
  const { child, pid, rest } = await start(["sh", "-c", inShell], { npm_command: "exec" });

  child.kill("SIGTERM");

  expect(await rest).toBe("npm ended\n");
  expect(pid).not.toBe(child.pid);
});
