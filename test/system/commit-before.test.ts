import { cloneDatabase } from "@millrace/control-plane/testing/clone-database";
import { afterAll, describe, expect, inject, test } from "vitest";
import { checkOutCommitBefore } from "./commit-before.ts";
import { createProject } from "./project.ts";
import { startStack, type StackOptions } from "./stack.ts";

const GOOD = `import { asset } from "millrace";\nexport const orders = asset("orders", () => [30, 12]);`;

const before = checkOutCommitBefore();
afterAll(() => before?.remove());

/** What an agent and a server do for each other, and how each of it went. */
async function workTogether(
  commands: NonNullable<StackOptions["commands"]>,
  modules?: string,
): Promise<readonly string[]> {
  const project = createProject({ "src/definitions.ts": GOOD }, modules);
  // An older server makes its own tables, and refuses those of a newer one.
  const database = await cloneDatabase(inject("testDatabaseUrl"), "template1");
  const stack = await startStack({ database, commands });
  try {
    const loaded = await stack.load("shop", project.folder);
    const run = await stack.awaitEnd(await stack.launch({ assetSelection: ["orders"] }));
    project.write("src/definitions.ts", `${GOOD}\nthrow new Error("not today");`);
    const broken = await stack.load("shop", project.folder);
    return [
      loaded.latest.state,
      run.status,
      `${broken.latest.state} beside ${broken.serving?.revision}: ${broken.latest.error?.message.match(/not today/)?.[0]}`,
    ];
  } finally {
    await stack.stop();
    project.remove();
  }
}

const WENT_WELL = ["ready", "SUCCESS", "failed beside 2: not today"];

describe.skipIf(before === null)("beside the commit before, which the checkout must have", () => {
  test("its agent works with this server", async () => {
    expect(await workTogether({ agent: before?.command }, before?.modules)).toEqual(WENT_WELL);
  });

  test("its server works with this agent", async () => {
    expect(await workTogether({ server: before?.command })).toEqual(WENT_WELL);
  });
});
