import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findWhyNoDocker, startTestDocker } from "@millrace/agent/testing/test-docker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url)).slice(0, -1);
const missing = findWhyNoDocker();
if (missing !== null) console.warn(`Skipped: ${missing}`);
const docker = missing === null ? await startTestDocker() : null;

// Its run goes on until the test lets it end.
const DEFINITIONS = `
  import { existsSync } from "node:fs";
  import { asset, definitions, job, op } from "millrace";

  const wait = op("wait", async () => {
    console.log("begun");
    while (!existsSync("/app/go")) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  export const numbers = asset("numbers", () => [1, 2, 3]);
  export const sum = asset("sum", { deps: [numbers] }, (_context, all) => all.reduce((a, b) => a + b));
  export const defs = definitions({ assets: [numbers, sum], jobs: [job("waiting", () => void wait())] });
`;

describe.skipIf(docker === null)("an agent that launches containers", () => {
  if (docker === null) return;
  const project = createProject({
    "src/definitions.ts": DEFINITIONS,
    "millrace.mjs": `await import(${JSON.stringify(`${repository}/packages/cli/bin/millrace.js`)});`,
  });
  let stack: Stack;
  const startAgent = () =>
    stack.startAgent({ DOCKER_HOST: `unix://${docker.socketPath}` }, stack.url, [
      "--launcher=docker",
      "--docker-network=host",
      `--docker-volume=${repository}:${repository}:ro`,
      `--docker-volume=${project.folder}:/app`,
      `--docker-volume=${join(project.folder, "millrace.mjs")}:/millrace.mjs:ro`,
      // What this machine has compiled of the command already.
      `--docker-volume=${join(homedir(), ".cache")}:/root/.cache`,
    ]);
  const untilBegun = (id: string) =>
    stack.awaitRun(id, ({ events }) => events.nodes.some(({ type }) => type === "STEP_START"));
  beforeAll(async () => {
    stack = await startTestStack({ agent: false });
    startAgent();
    const code = { kind: "image", image: docker.image, entry: "src/definitions.ts" };
    expect((await stack.loadDocument("shop", { code })).latest).toMatchObject({
      state: "ready",
      error: null,
    });
  });
  afterAll(async () => {
    await stack.stop();
    await docker.stop();
    project.remove();
  });

  test("materializes assets in a container, whose values the next one finds", async () => {
    const first = await stack.launch({ assetSelection: ["numbers"] });
    expect(await stack.awaitEnd(first)).toMatchObject({ status: "SUCCESS" });
    const second = await stack.launch({ assetSelection: ["sum"] });
    expect(await stack.awaitEnd(second)).toMatchObject({ status: "SUCCESS" });
  });

  test("a run's tag says what its container has, and one that asks for what the agent does not give fails with what to do", async () => {
    const tagged = (settings: object) =>
      stack.launch({
        jobName: "waiting",
        tags: [{ key: "millrace/container", value: JSON.stringify(settings) }],
      });
    const limited = await tagged({ memory: "700m" });
    await untilBegun(limited);
    const path = `/containers/millrace-run-${limited}.1`;
    const { HostConfig } = JSON.parse(await docker.engine.ask({ method: "GET", path: `${path}/json` })) as {
      readonly HostConfig: object;
    };
    expect(HostConfig).toMatchObject({ Memory: 700 * 1024 ** 2 });
    const { run } = await stack.query<{ run: object }>(
      `query ($id: ID!) { run(id: $id) { container { setting value from } } }`,
      { id: limited },
    );
    expect(run).toEqual({ container: [{ setting: "memory", value: "700m", from: "run" }] });
    await docker.engine.ask({ method: "POST", path: `${path}/kill?signal=SIGKILL` });
    await stack.awaitEnd(limited);

    const refused = await stack.awaitEnd(await tagged({ volumes: ["/etc:/host"] }));
    expect(refused).toMatchObject({ status: "FAILURE", failureReason: "LAUNCH_FAILURE" });
    expect(refused.failureMessage).toMatch(/mount folders of its machine.*--docker-volume/);
    await expect(tagged({ memroy: "1g" })).rejects.toThrow(/memroy.* is not known/);
  });

  test("a container that is killed fails its run with the cause named, and a new one follows an agent that was killed", async () => {
    const killed = await stack.launch({ jobName: "waiting" });
    await untilBegun(killed);
    const path = `/containers/millrace-run-${killed}.1/kill?signal=SIGKILL`;
    await docker.engine.ask({ method: "POST", path });
    const ended = await stack.awaitEnd(killed);
    expect(ended).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
    expect(ended.failureMessage).toMatch(/SIGKILL/);

    const outlives = await stack.launch({ jobName: "waiting" });
    await untilBegun(outlives);
    await stack.kill("agent", "SIGKILL");
    startAgent();
    writeFileSync(join(project.folder, "go"), "");
    expect(await stack.awaitEnd(outlives)).toMatchObject({ status: "SUCCESS", attempt: 1 });
  });
});
