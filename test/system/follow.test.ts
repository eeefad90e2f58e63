import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import { startStack, type Stack } from "./stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { existsSync } from "node:fs";
      import { join } from "node:path";
      import { definitions, job, op } from "millrace";

      const wait = op("wait", async (context) => {
        console.log("begun");
        context.log.info("begun");
        while (!existsSync(join(import.meta.dirname, "go"))) await new Promise((resolve) => setTimeout(resolve, 50));
        console.log("done");
      });
      export const defs = definitions({ jobs: [job("waiting", () => void wait())] });
    `,
  });
  stack = await startStack();
  await stack.load("test", project.folder);
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

/** Follows a run as a user does, from when it has told something on. */
async function follow(id: string, ...options: readonly string[]) {
  const args = [millrace, "run", "logs", id, "--follow", ...options, "--url", stack.url];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const told = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  await once(child.stdout, "readable");
  return { ended: told.then(([output, complaints, [code]]) => ({ code, output, complaints })), child };
}

test("who follows a run follows it to its end, though database and control plane are killed meanwhile", async () => {
  const id = await stack.launch({ jobName: "waiting" });
  const events = await follow(id);
  const output = await follow(id, "--stdout");

  process.kill(stack.databasePid(), "SIGKILL");
  await stack.kill("server", "SIGKILL");
  await Promise.all([events, output].map(({ child }) => once(child.stderr, "readable")));
  await stack.startServer();
  writeFileSync(join(project.folder, "src/go"), "");

  expect(await events.ended).toMatchObject({
    code: 0,
    output: expect.stringContaining("SUCCESS"),
    complaints: expect.stringContaining("Trying on"),
  });
  expect(await output.ended).toMatchObject({ code: 0, output: "begun\ndone\n" });
});
