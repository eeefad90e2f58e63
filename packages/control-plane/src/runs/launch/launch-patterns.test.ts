import { expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchInput, launchTestRun, serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { RunConfigInvalid } from "./launch-error.ts";

const { db } = await createTestDatabase();
const schemaWith = (pattern: string): string =>
  JSON.stringify({
    type: "object",
    properties: { text: { type: "string", pattern } },
  });
await serveLocation(db, "texts", {
  jobs: [
    { name: "lower", configSchema: schemaWith("^[a-z]+$") },
    { name: "mail", configSchema: schemaWith("^\\w+\\@\\w+\\.com$") },
    { name: "endless", configSchema: schemaWith("^(a+)+$") },
  ],
});
const launch = (jobName: string, text: string) =>
  launchTestRun(db, TEST_DEPLOYMENT, launchInput({ locationName: "texts", jobName, runConfig: { text } }));

test("a text that matches a pattern with no flags whatever is refused with its place", async () => {
  await expect(launch("lower", "123")).rejects.toThrow(RunConfigInvalid);
  await expect(launch("lower", "123")).rejects.toThrow("text must match the pattern ^[a-z]+$");
});

test("what its author's flags may allow, a pattern that is none here, and one without end are left to the run's worker", async () => {
  expect(await launch("lower", "ABC")).toMatchObject({ status: "QUEUED" });
  expect(await launch("mail", "a@b.com")).toMatchObject({ status: "QUEUED" });
  expect(await launch("endless", `${"a".repeat(40)}!`)).toMatchObject({ status: "QUEUED" });
});
