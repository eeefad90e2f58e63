import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startContainer } from "./containers.ts";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

let stack: Stack;
let project: TestProject;
let started: ChildProcess[] = [];
beforeEach(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { existsSync, writeFileSync } from "node:fs";
      import { join } from "node:path";
      import { definitions, job, op } from "millrace";

      const wait = op("wait", async (context) => {
        writeFileSync(join(process.env.PROOF ?? "", "begun"), "");
        while (!existsSync(join(process.env.PROOF ?? "", "go")) && !context.signal.aborted)
          await new Promise((resolve) => setTimeout(resolve, 20));
        context.signal.throwIfAborted();
      });
      export const defs = definitions({ jobs: [job("waiting", () => void wait())] });
    `,
  });
  stack = await startTestStack({ agent: false });
});
afterEach(async () => {
  for (const child of started) {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
    child.kill("SIGTERM");
    await gone;
  }
  started = [];
  await stack.stop();
  project.remove();
});

/** Starts an agent in a home of its own, with a token of its own. Its log is what it returns with. */
async function startAgent(name: string, url: string): Promise<{ readonly home: string }> {
  const { createAgentToken } = await stack.query<{ createAgentToken: { token: string } }>(
    "mutation($name: String!) { createAgentToken(name: $name) { token } }",
    { name },
  );
  const home = join(stack.home, name);
  const options = ["--url", url, "--home", home, "--name", name, "--stop-workers", "--pass-env", "PROOF"];
  // A launch that began for a worker which stood by would be its agent's alone.
  options.push("--standby-workers", "0");
  const child = spawn(process.execPath, [millrace, "agent", "run", ...options], {
    stdio: ["ignore", "inherit", "ignore"],
    env: { ...process.env, MILLRACE_AGENT_TOKEN: createAgentToken.token, PROOF: stack.home },
  });
  started.push(child);
  return { home };
}

/** A link to the control plane that is cut before it carries what becomes of a launch: the word of its agent, or of its worker. */
async function startLink(
  to: string,
): Promise<{ url: string; cut: Promise<void>; heal(): void; close(): void }> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  const cut = Promise.withResolvers<void>();
  let state: "whole" | "cut" | "healed" = "whole";
  const server = createServer((client) => {
    if (state === "cut") return void client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
    }
    client.on("data", (bytes) => {
      const isAboutLaunch = bytes.includes("StartAttempt") || bytes.includes("CompleteWork");
      if (state === "whole" && isAboutLaunch) {
        state = "cut";
        for (const socket of sockets) socket.destroy();
        cut.resolve();
      } else upstream.write(bytes);
    });
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: cut.promise,
    heal() {
      state = "healed";
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** The workers of an agent that have a run, or whose end is still to be reported. */
const listWorkers = (home: string) => globSync(join(home, "workers", "*", "worker.json"));

test("a launch that is delivered twice runs once: the worker that is turned away ends no run but its own try", async () => {
  const link = await startLink(stack.url);
  const x = await startAgent("x", link.url);
  await stack.load("test", project.folder);
  const id = await stack.launch({ jobName: "waiting" });
  await link.cut;
  expect(listWorkers(x.home)).toHaveLength(1);

  // The launch comes again when its lease is over, to whoever asks then.
  const y = await startAgent("y", stack.url);
  await stack.awaitRun(id, (run) => run.status === "STARTED");
  link.heal();
  await expect.poll(() => listWorkers(x.home), { timeout: 30_000 }).toEqual([]);

  const [worker] = listWorkers(y.home);
  expect(worker).toBeDefined();
  writeFileSync(join(stack.home, "go"), "");
  const ended = await stack.awaitEnd(id);
  expect(ended).toMatchObject({ status: "SUCCESS", attempt: 1 });
  const types = ended.events.nodes.map(({ type }) => type);
  expect(types.filter((type) => type === "RUN_START")).toHaveLength(1);
  expect(types).not.toContain("RUN_FAILURE");
  link.close();
});

test("a second agent on one home is refused, also from a container of its own, and the first one's run goes on", async () => {
  const x = await startAgent("x", stack.url);
  await stack.load("test", project.folder);
  const id = await stack.launch({ jobName: "waiting" });
  await stack.awaitRun(id, (run) => run.steps[0]?.state === "running");

  const second = startContainer(["agent", "run", "--url", stack.url, "--home", x.home], {
    MILLRACE_AGENT_TOKEN: stack.token,
  });
  expect(await second.ended).toMatchObject({
    code: 1,
    output: expect.stringMatching(/Another agent \(process \d+ on host .+\) works in/),
  });

  writeFileSync(join(stack.home, "go"), "");
  expect(await stack.awaitEnd(id)).toMatchObject({ status: "SUCCESS", attempt: 1 });
});

test("an agent that asks for queues its token is not for is told so, and what its token is for", async () => {
  const { createAgentToken } = await stack.query<{ createAgentToken: { token: string } }>(
    'mutation { createAgentToken(name: "gpu", queues: ["gpu"]) { token } }',
  );

  const agent = startContainer(["agent", "run", "--url", stack.url, "--home", join(stack.home, "gpu")], {
    MILLRACE_AGENT_TOKEN: createAgentToken.token,
  });

  const { code, output } = await agent.ended;
  expect(code).toBe(1);
  expect(output).toMatch(/^The control plane does not let this agent in\. This token is for the queues gpu/m);
  expect(output).not.toContain("at async");
});
