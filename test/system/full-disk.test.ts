import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const MEGABYTE = 1024 * 1024;
const HOME_MEGABYTES = 24;

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  console.warn("Skipped: an agent's full home is a file system of its own, which only root may make");

describe.runIf(isRoot)("an agent whose home is full", () => {
  let stack: Stack;
  let project: TestProject;
  let home: string;
  beforeEach(async () => {
    project = createProject({
      "src/definitions.ts": `
        import { statfsSync } from "node:fs";
        import { definitions, job, op } from "millrace";
        const hasRoom = () => {
          const { bavail, bsize } = statfsSync(process.env.AGENT_HOME);
          return bavail * bsize > 4 * 1024 * 1024;
        };
        const quick = op("quick", () => {});
        const chatty = op("chatty", async () => {
          const line = "x".repeat(1023) + "\\n";
          for (let megabyte = 0; megabyte < ${HOME_MEGABYTES + 8}; megabyte++) {
            for (let line_ = 0; line_ < 1024; line_++) process.stdout.write(line);
            do await new Promise((resolve) => setTimeout(resolve, 20));
            while (!hasRoom());
          }
        });
        export const defs = definitions({
          jobs: [job("quick_job", () => void quick()), job("chatty_job", () => void chatty())],
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
    fill(ballast);
    const id = await stack.launch({ jobName: "quick_job" });
    await expect
      .poll(() => stack.logs().match(/could not be (handed|started).*ENOSPC/g)?.length ?? 0, {
        timeout: 30_000,
      })
      .toBeGreaterThan(2);
    expect(countChildren(stack.agentPid())).toBeLessThanOrEqual(4);

    rmSync(ballast);
    expect((await stack.awaitEnd(id)).status).toBe("SUCCESS");
    fill(ballast);
    const askedAt = performance.now();
    await stack.kill("agent", "SIGTERM");
    expect(performance.now() - askedAt).toBeLessThan(30_000);
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

/** Writes until there is no room for anything. */
function fill(ballast: string): void {
  const free = statfsSync(join(ballast, ".."));
  try {
    writeFileSync(ballast, Buffer.alloc(free.bavail * free.bsize + MEGABYTE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

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
