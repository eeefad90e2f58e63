import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const DEFINITIONS = `
  import { createHash } from "node:crypto";
  import { definitions, job, op, processExecutor } from "millrace";
  const tell = op("tell", (context) => {
    const key = process.env.API_KEY ?? "";
    console.log("digest " + createHash("sha256").update(key).digest("hex"));
    console.log("out " + key);
    console.error("err " + Buffer.from(key).toString("base64"));
    context.log.info("logged " + key);
    throw new Error("failed with " + key);
  });
  export const defs = definitions({
    jobs: [job("inside", () => void tell()), job("apart", { executor: processExecutor() }, () => void tell())],
  });
`;

let stack: Stack;
let project: TestProject;
let vault: string;
beforeAll(async () => {
  stack = await startTestStack({ agent: false });
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  vault = join(stack.home, "vault");
  writeFileSync(vault, "correct-horse");
  stack.startAgent({}, stack.url, ["--secrets-command", `echo "API_KEY=$MILLRACE_LOCATION-$(cat ${vault})"`]);
  const location = await stack.load("shop", project.folder);
  expect(location.latest.error).toBeNull();
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

async function outputOf(id: string, stream: string): Promise<string> {
  const { run } = await stack.query<{ run: { logs: { text: string } } }>(
    `query($id: ID!) { run(id: $id) { logs(stream: ${stream}) { text } } }`,
    { id },
  );
  return run.logs.text;
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

test.each(["inside", "apart"])(
  "secrets that the agent's command says reach the code, and show nowhere, whatever it does with them: %s",
  async (jobName) => {
    const run = await stack.awaitEnd(await stack.launch({ jobName }));

    const out = await outputOf(run.id, "STDOUT");
    expect(out).toContain(`digest ${digest("shop-correct-horse")}`);
    expect(out).toContain("out ****");
    expect(await outputOf(run.id, "STDERR")).toMatch(/^err \*\*\*\*/m);
    const events = JSON.stringify(run);
    expect(events).toContain("logged ****");
    expect(events).toContain("failed with ****");
    expect(events).not.toContain("correct-horse");
  },
);

test("no secret is written to the agent's disk, and a reload asks for them anew", async () => {
  const files = readdirSync(join(stack.home, "agent"), { recursive: true, encoding: "utf8" })
    .map((name) => join(stack.home, "agent", name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  expect(files.filter((path) => readFileSync(path, "latin1").includes("correct-horse"))).toEqual([]);

  writeFileSync(vault, "battery-staple");
  await stack.load("shop", project.folder);
  const run = await stack.awaitEnd(await stack.launch({ jobName: "inside" }));
  expect(await outputOf(run.id, "STDOUT")).toContain(`digest ${digest("shop-battery-staple")}`);
});
