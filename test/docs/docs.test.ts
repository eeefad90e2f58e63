import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createExampleProject,
  loadPages,
  runTests,
  typeCheck,
  type ExampleProject,
} from "./example-project.ts";

let project: ExampleProject;
beforeAll(() => {
  project = createExampleProject();
});
afterAll(() => rmSync(project.folder, { recursive: true }));

test("there are examples in the README, in docs and in the SDK's doc comments", () => {
  const sources = new Set(project.examples.map((example) => example.source));

  expect([...sources]).toEqual(
    expect.arrayContaining(["README.md", "docs/get-started.md", "packages/sdk/src/assets/asset.ts"]),
  );
});

test("every example passes the type checker", async () => {
  const { succeeded, output } = await typeCheck(project);

  expect(succeeded, output).toBe(true);
});

test("the definitions of every example on a page can be loaded", async () => {
  const { succeeded, output } = await loadPages(project);

  expect(succeeded, output).toBe(true);
});

test("every example that is a test passes", async () => {
  const { succeeded, output } = await runTests(project);

  expect(succeeded, output).toBe(true);
}, 90_000);
