import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canMount, fillDisk } from "@millrace/model/testing/small-disk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const MEGABYTE = 1024 * 1024;
const HOME_MEGABYTES = 24;

describe.runIf(canMount)("an agent whose home is full", () => {
  let stack: Stack;
  let project: TestProject;
  let home: string;
  beforeEach(async () => {
    project = createProject({
      "src/definitions.ts": `
        import { statfsSync } from "node:fs";
        import { definitions, job, op } from "millrace";
        const hasRoom = (bytes) => {
          const { bavail, bsize } = statfsSync(process.env.AGENT_HOME);
          return bavail * bsize > bytes;
        };
        const quick = op("quick", () => {});
        const chatty = op("chatty", async () => {
          const line = "x".repeat(1023) + "\\n";
          for (let megabyte = 0; megabyte < ${HOME_MEGABYTES + 8}; megabyte++) {
            for (let line_ = 0; line_ < 1024; line_++) process.stdout.write(line);
            do await new Promise((resolve) => setTimeout(resolve, 20));
            while (!hasRoom(4 * 1024 * 1024));
          }
        });
        const waits = op("waits", async ({ log }) => {
          while (hasRoom(8_192)) await new Promise((resolve) => setTimeout(resolve, 20));
          log.info("there is no room".repeat(1_000)); // More than a block of the disk.
        });
        export const defs = definitions({
          jobs: [
            job("quick_job", () => void quick()),
            job("chatty_job", () => void chatty()),
            job("waiting_job", () => void waits()),
          ],
        });
      `,
    });
    stack = await startTestStack({ agent: false });
    home = join(stack.home, "agent");
    mkdirSync(home);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${HOME_MEGABYTES}m`, "tmpfs", home]);
    stack.startAgent({ AGENT_HOME: home });
    await stack.load("test", project.folder);
  });
  afterEach(async () => {
    await stack.kill("agent", "SIGTERM");
    execFileSync("umount", ["--lazy", home]);
    await stack.stop();
    project.remove();
  });

  test("starts no worker that it does not end again, launches when there is room, and stops when it is asked to", async () => {
    await stack.awaitEnd(await stack.launch({ jobName: "quick_job" }));
    const ballast = join(home, "ballast");
    fillDisk(ballast);
    const id = await stack.launch({ jobName: "quick_job" });
    await expect
      .poll(() => stack.logs().match(/could not be (handed|started).*ENOSPC/g)?.length ?? 0, {
        timeout: 30_000,
      })
      .toBeGreaterThan(2);
    expect(countChildren(stack.agentPid())).toBeLessThanOrEqual(4);

    rmSync(ballast);
    expect((await stack.awaitEnd(id)).status).toBe("SUCCESS");
    fillDisk(ballast);
    const askedAt = performance.now();
    await stack.kill("agent", "SIGTERM");
    expect(performance.now() - askedAt).toBeLessThan(30_000);
  });

  test("has its runs say that they wait for room, and end when there is some", async () => {
    const id = await stack.launch({ jobName: "waiting_job" });
    const look = () =>
      stack.query<{ run: { status: string; waits: { kind: string; message: string }[] } }>(
        "query($id: ID!) { run(id: $id) { status waits { kind message } } }",
        { id },
      );
    await expect.poll(async () => (await look()).run.status).toBe("STARTED");
    const ballast = join(home, "ballast");
    fillDisk(ballast);

    await expect
      .poll(async () => (await look()).run.waits, { timeout: 20_000 })
      .toMatchObject([
        { kind: "DISK", message: expect.stringMatching(/no room left on the disk of .*ENOSPC/) as string },
      ]);
    rmSync(ballast);
    expect((await stack.awaitEnd(id)).status).toBe("SUCCESS");
  });

  test("gets the room back that the delivered output of a running run took", async () => {
    const id = await stack.launch({ jobName: "chatty_job" });
    const ended = await stack.awaitEnd(id);
    expect(ended).toMatchObject({ status: "SUCCESS" });
    const { run } = await stack.query<{ run: { logs: { size: number } } }>(
      "query($id: ID!) { run(id: $id) { logs(stream: STDOUT) { size } } }",
      { id },
    );
    expect(run.logs.size).toBe((HOME_MEGABYTES + 8) * MEGABYTE);
  });
});

function countChildren(pid: number): number {
  const file = (child: string) => join("/proc", child, "stat");
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry) || !existsSync(file(entry))) return false;
    const fields = readFileSync(file(entry), "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[1]) === pid && fields[0] !== "Z";
  }).length;
}
