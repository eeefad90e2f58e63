import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openNetwork, type Network } from "./cut.ts";
import { createProject, type TestProject } from "./project.ts";
import type { RunView, Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const LIMIT = 2;

let stack: Stack;
let network: Network;
let project: TestProject;

beforeAll(async () => {
  project = createProject({
    "src/definitions.ts": `
      import { asset, definitions } from "millrace";
      import { appendFileSync, existsSync } from "node:fs";

      const patient = asset("patient", {}, async () => {
        appendFileSync(process.env.PROOF, "+");
        while (!existsSync(process.env.GO)) await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync(process.env.PROOF, "-");
      });
      export const defs = definitions({ assets: [patient] });
    `,
  });
  stack = await startTestStack({ agent: false });
  network = await openNetwork(stack.url);
  const environment = { PROOF: join(stack.home, "proof"), GO: join(stack.home, "go") };
  writeFileSync(environment.PROOF, "");
  stack.startAgent(environment, network.url);
  await stack.load("test", project.folder);
});
afterAll(async () => {
  await stack.stop();
  await network.close();
  project.remove();
});

test("a cut of the network fails no run and lets no more run than the limit says; each run has one end", async () => {
  await stack.query(
    `mutation($settings: JSON!) { setDeploymentSettings(settings: $settings) { __typename } }`,
    {
      settings: { max_concurrent_runs: LIMIT },
    },
  );
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.push(await stack.launch({ assetSelection: ["patient"] }));
  const active = ids.slice(0, LIMIT);
  await Promise.all(active.map((id) => stack.awaitRun(id, hasStarted)));
  const follower = followLog(active[0] ?? "");

  network.cut();
  const cutOff = await Promise.all(
    active.map((id) => stack.awaitRun(id, ({ worker }) => worker?.unreachableSince !== null)),
  );
  const { deployment } = await stack.query<{ deployment: Record<string, number> }>(
    `{ deployment { activeRuns queuedRuns unreachableRuns } }`,
  );
  network.mend();
  await Promise.all(
    active.map((id) => stack.awaitRun(id, ({ worker }) => worker?.unreachableSince === null)),
  );
  writeFileSync(join(stack.home, "go"), "");
  const ended = await Promise.all(ids.map((id) => stack.awaitEnd(id)));

  expect(cutOff.map(({ status }) => status)).toEqual(active.map(() => "STARTED"));
  expect(deployment).toEqual({ activeRuns: LIMIT, queuedRuns: 3, unreachableRuns: LIMIT });
  expect(ended.map(({ status }) => status)).toEqual(ids.map(() => "SUCCESS"));
  expect(ended.slice(0, LIMIT).map(listTurns)).toEqual(
    active.map(() => ["RUN_WORKER_UNREACHABLE", "RUN_WORKER_RETURNED", "RUN_SUCCESS"]),
  );
  expect(countMostAtOnce(readFileSync(join(stack.home, "proof"), "utf8"))).toBe(LIMIT);
  expect(await follower).toEqual({ code: 0, ends: ["SUCCESS"] });
});

function hasStarted(run: RunView): boolean {
  return run.events.nodes.some((event) => event.type === "STEP_START");
}

/** What happened to the run after it had begun. */
function listTurns(run: RunView): string[] {
  return run.events.nodes
    .map((event) => event.type)
    .filter((type) => /^RUN_(?:WORKER_|SUCCESS|FAILURE|CANCEL)/.test(type));
}

/** @param proof `+` for each beginning of user code, `-` for each end. */
function countMostAtOnce(proof: string): number {
  let most = 0;
  let now = 0;
  for (const sign of proof) most = Math.max(most, (now += sign === "+" ? 1 : -1));
  return most;
}

/** Follows a run's log as a user does; which ends of the run it told of. */
async function followLog(id: string): Promise<{ readonly code: unknown; readonly ends: readonly string[] }> {
  const child = spawn(process.execPath, [millrace, "run", "logs", id, "--follow", "--url", stack.url], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code, ends: told.match(/\b(?:SUCCESS|FAILURE|CANCELED)\b/g) ?? [] };
}
