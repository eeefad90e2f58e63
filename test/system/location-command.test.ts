import { join } from "node:path";
import { runCommand } from "@millrace/cli/testing/run-command";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const GOOD = `import { asset } from "millrace";\nexport const region = asset(process.env.REGION, () => 1);`;

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": GOOD });
  stack = await startTestStack();
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

/** Runs `millrace location …`. */
async function location(
  ...words: readonly string[]
): Promise<{ code: unknown; output: string; complaints: string }> {
  try {
    const { stdout, stderr } = await runCommand(["location", ...words, "--url", stack.url]);
    return { code: 0, output: stdout, complaints: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout, complaints: stderr };
  }
}

test("a code location is added, shown, loaded again and removed from the command line", async () => {
  expect((await location("list")).output).toBe("No code locations.\n");
  const added = await location("add", "shop", "--folder", project.folder, "--env", "REGION=eu");
  expect(added).toEqual({
    code: 0,
    output: "Revision 1 of shop is to be loaded by an agent\nshop: 1 assets\n",
    complaints: "",
  });
  expect((await location("list")).output).toMatch(/^LOCATION +STATE +ASSETS\nshop +revision 1 serves +1\n$/);
  const shown = (await location("show", "shop")).output;
  expect(shown).toMatch(/^shop revision 1 serves, 1 assets\n/);
  expect(shown).toContain(`workingDirectory: ${project.folder}`);
  expect(shown).toContain("REGION: eu");
  expect(shown).toMatch(/\n1 +ready +20\S+Z +owner +added +\//);

  project.write("src/definitions.ts", `${GOOD}\nthrow new Error("not today");`);
  expect(await location("reload", "shop")).toMatchObject({
    code: 1,
    complaints: expect.stringMatching(
      /shop does not load; the version before goes on serving:[\s\S]*not today/,
    ),
  });
  const broken = (await location("show", "shop")).output;
  expect(broken).toMatch(/^shop revision 1 serves; revision 2 failed, 1 assets\n/);
  expect(broken).toMatch(/Revision 2 does not load: its code threw.* \(code_threw\); the next try is at 20/);
  expect(broken).toContain("not today");
  expect(broken).toMatch(/\n2 +failed +20\S+Z +owner +reloaded .*\n1 +ready /);

  project.write("src/definitions.ts", GOOD);
  expect(await location("update", "shop", "--env", "REGION=us", "--commit", "0123abc")).toMatchObject({
    code: 0,
    output: "Revision 3 of shop is to be loaded by an agent\nshop: 1 assets\n",
  });
  expect(await location("rollback", "shop")).toMatchObject({
    code: 0,
    output: expect.stringMatching(
      /^shop has the document of revision 1 again\n! .*files that are there now are loaded[^\n]*\nRevision 4 of shop[^\n]*\nshop: 1 assets\n$/,
    ),
  });
  expect((await location("show", "shop")).output).toMatch(/\n4 +ready .* rolled back to 1 /);
  expect((await location("diff", "shop")).output).toMatch(
    /^shop, revision 3 to 4: 1 asset added, 1 asset removed\n/,
  );
  expect(await location("diff", "shop", "2")).toMatchObject({
    code: 1,
    complaints: expect.stringContaining("shop has no revision 2 that has loaded and is kept"),
  });
  expect(await location("rollback", "shop", "9")).toMatchObject({
    code: 1,
    complaints: "The document of a revision 9 of shop is not kept; kept are 1, 2, 3\n",
  });

  expect(await location("remove", "shop")).toMatchObject({ code: 0, output: "Removed shop\n" });
  expect(await location("remove", "shop")).toMatchObject({
    code: 1,
    complaints: 'There is no code location "shop"; there is none\n',
  });
});

test("locations are made those of a file, and what does not load is told beside what does", async () => {
  project.write("src/broken.ts", `throw new Error("not today");`);
  project.write(
    "millrace.yaml",
    `locations:\n  shop:\n    folder: .\n    env: { REGION: eu }\n  broken: { folder: ., entry: src/broken.ts }\n`,
  );
  const file = join(project.folder, "millrace.yaml");

  expect((await location("sync", file, "--dry-run")).output).toBe(
    "+ broken would be added\n+ shop would be added\n",
  );
  const synced = await location("sync", file);
  expect(synced.code).toBe(1);
  expect(synced.output).toContain("+ broken added\n+ shop added\n");
  expect(synced.output).toContain("shop: 1 assets\n");
  expect(synced.complaints).toMatch(/^broken does not load:\n[\s\S]*not today/);

  project.write("millrace.yaml", `locations:\n  shop:\n    folder: .\n    env: { REGION: us }\n`);
  expect((await location("sync", file, "--prune")).output).toMatch(
    /^- broken removed\n~ shop updated\n {4}environment: \{"REGION":"eu"\} → \{"REGION":"us"\}\nRevision 2 of shop [^\n]*\nshop: 1 assets\n$/,
  );
  project.write("millrace.yaml", "locations:\n  shop: { imgae: a:1 }\n");
  expect(await location("sync", file)).toMatchObject({
    code: 1,
    complaints: `${file}:2:11: A code location has no \`imgae\`; did you mean "image"?\n`,
  });
  await location("remove", "shop");
});

test("what the document can't hold is refused with its name", async () => {
  expect(await location("add", "shop")).toMatchObject({
    code: 1,
    complaints: "Say where the code is: --folder FOLDER, or --image IMAGE\n",
  });
  expect(await location("add", "shop", "--image", "shop:1", "--folder", "app", "--no-wait")).toMatchObject({
    code: 1,
    complaints: expect.stringContaining("must be an absolute path"),
  });
});
