import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const GOOD = `
  import { asset, definitions } from "millrace";
  import { z } from "zod";

  export const orders = asset("orders", { config: z.object({ minimum: z.number() }) }, (context) => context.config.minimum);
  export const long = asset("long", {}, (context) => {
    context.log.info("x".repeat(20_000_000));
    process.stdout.write("y".repeat(20_000_000) + "\\n");
  });
  export const fails = asset("fails", {}, () => {
    throw new Error("the well is dry", { cause: new Error("no rain") });
  });
  export const exits = asset("exits", {}, () => process.exit(7));
  export const defs = definitions({ assets: [orders, long, fails, exits] });
`;

let stack: Stack;
let project: TestProject;

beforeAll(async () => {
  project = createProject({ "src/definitions.ts": GOOD });
  stack = await startTestStack();
  const location = await stack.load("test", project.folder);
  expect(location.latest.error).toBeNull();
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

const BROKEN = {
  "throws while it loads": [`throw new Error("no such table");`, /no such table[\s\S]*broken\.ts:1/],
  "defines what does not fit together": [
    `import { asset, assetRef, definitions } from "millrace";
const a = asset("a", { after: [assetRef("c")] }, () => 1);
const b = asset("b", { after: [a] }, () => 1);
const c = asset("c", { after: [b] }, () => 1);
export const defs = definitions({ assets: [a, b, c] });`,
    /"a"[\s\S]*broken\.ts:2[\s\S]*"c"[\s\S]*broken\.ts:4[\s\S]*"b"[\s\S]*broken\.ts:3/,
  ],
} satisfies Readonly<Record<string, readonly [source: string, says: RegExp]>>;

// What else may be wrong with a file, and how that is said, stands with those who load it.
test.for(Object.entries(BROKEN))(
  "a definitions file that %s shows its error beside the version that still serves",
  async ([, [source, says]]) => {
    const before = await stack.query<{ codeLocation: { serving: { revision: number } } }>(
      `{ codeLocation(name: "test") { serving { revision } } }`,
    );
    project.write("src/broken.ts", source);

    const location = await stack.load("test", project.folder, "src/broken.ts");

    expect(location.latest.state).toBe("failed");
    expect(`${location.latest.error?.message}\n${location.latest.error?.stack}`).toMatch(says);
    expect(location.serving).toEqual(before.codeLocation.serving);
    await expect(stack.launch({ assetSelection: ["fails"] })).resolves.toBeTypeOf("string");
  },
);

test("an agent with a bad token ends with an error that says what to do", async () => {
  const other = await startTestStack({ agent: false });
  try {
    other.startAgent({ MILLRACE_AGENT_TOKEN: "mra_wrong" });
    expect(await other.agentEnds()).toBe(1);
    expect(other.logs()).toMatch(/token/);
  } finally {
    await other.stop();
  }
});

test("a run config that does not match its schema is refused with the place named", async () => {
  const document = `mutation($input: LaunchRunInput!) { launchRun(input: $input) { __typename ... on RunConfigInvalid { errors { path message } } } }`;

  const wrong = await stack.query(document, {
    input: { assetSelection: ["orders"], runConfig: { ops: { orders: { config: { minimum: "many" } } } } },
  });
  const missing = await stack.query(document, { input: { assetSelection: ["orders"] } });

  expect(wrong).toMatchObject({
    launchRun: { __typename: "RunConfigInvalid", errors: [{ path: "ops.orders.config.minimum" }] },
  });
  expect(missing).toMatchObject({ launchRun: { __typename: "RunConfigInvalid" } });
});

test("a line of 20 MB in the log and on stdout is kept and hurts nobody", async () => {
  const id = await stack.launch({ assetSelection: ["long"] });

  const run = await stack.awaitEnd(id);

  expect(run.status).toBe("SUCCESS");
  const line = run.events.nodes.find((event) => event.type === "LOG");
  expect(line?.event["truncatedBytes"]).toBeGreaterThan(19_000_000);
  // On a slow machine the end is told before all of the output has arrived: it waits only so long.
  await stack.awaitChange([`logs:${id}`], async () => (await sizeOfOutput(id)) >= 40_000_000 || null);
});

test("an error of user code reaches the page with its message, its place in the source and its cause", async () => {
  const run = await stack.awaitEnd(await stack.launch({ assetSelection: ["fails"] }));

  expect(run).toMatchObject({ status: "FAILURE", failureReason: "STEP_FAILURE" });
  const failure = run.events.nodes.find((event) => event.type === "STEP_FAILURE");
  expect(failure?.event["error"]).toMatchObject({
    message: "the well is dry",
    cause: { message: "no rain" },
  });
  expect(JSON.stringify(failure?.event["error"])).toMatch(/src\/definitions\.ts:11/);
});

test("user code that ends its process fails its run with the exit code named", async () => {
  const run = await stack.awaitEnd(await stack.launch({ assetSelection: ["exits"] }));

  expect(run).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  expect(run.failureMessage).toMatch(/7/);
});

async function sizeOfOutput(id: string): Promise<number> {
  const { run } = await stack.query<{ run: { logs: { size: number } } }>(
    `query($id: ID!) { run(id: $id) { logs(stream: STDOUT) { size } } }`,
    { id },
  );
  return run.logs.size;
}
