import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const { url } = await startUserApi();
const folder = mkdtempSync(join(tmpdir(), "millrace-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `millrace deployment settings …` prints; rejects with what it complains of. */
async function settings(...words: string[]): Promise<string> {
  return (await runCommand(["deployment", "settings", ...words, "--url", url])).stdout;
}

function writeFile(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test("settings are printed with their defaults, and replaced by those of a file", async () => {
  const defaults = await settings("get");
  expect(defaults).toContain("max_concurrent_runs: 10\n");
  expect(defaults).toContain("max_runtime_seconds: null\n");

  const file = writeFile(
    "settings.yaml",
    "max_concurrent_runs: 25 # for the new machine\ntag_concurrency_limits:\n  - key: database\n    limit: 3\n    per_unique_value: true\n",
  );
  const printed = await settings("set", file);

  expect(printed).toContain("max_concurrent_runs: 25\n");
  expect(JSON.parse(await settings("get", "--json"))).toMatchObject({
    max_concurrent_runs: 25,
    tag_concurrency_limits: [{ key: "database", limit: 3, per_unique_value: true }],
    event_retention_days: 30,
    history_retention_days: 365,
  });
  const again = writeFile("again.yaml", printed);
  expect(await settings("set", again)).toBe(printed);
  expect(await settings("set", writeFile("none.json", "{}"))).toBe(defaults);
});

test.each([
  [
    "misspelt.yaml",
    "max_runs: 3",
    "misspelt.yaml: There is no setting `max_runs`; there are max_concurrent_runs",
  ],
  ["list.json", "[1]", "list.json: The settings of a deployment must be an object"],
  ["empty.yaml", "", "empty.yaml says nothing; write {} for the default of every setting"],
  ["broken.yaml", "a: [1", "broken.yaml is neither YAML nor JSON: "],
])("a file that says nothing usable is refused with its name: %s", async (name, text, message) => {
  await expect(settings("set", writeFile(name, text))).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(message),
  });
});

test("a file that is not there is named", async () => {
  await expect(settings("set", join(folder, "nowhere.yaml"))).rejects.toMatchObject({
    stderr: expect.stringMatching(/^Can't read .*nowhere.yaml: ENOENT/),
  });
});
