import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPolicyFile } from "./policy-file.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-policy-file-"));
const file = join(folder, "policy.yaml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a policy is read with the name of its file", () => {
  writeFileSync(file, "images: [registry.example/*]\nmemory: 4g\ncpus: 2\n");

  expect(readPolicyFile(file)).toEqual({ file, images: ["registry.example/*"], memory: "4g", cpus: 2 });
});

test.each([
  ["", ":1:1: A policy has some of the rules images"],
  ["cpus: 2\nimage: [a]", ':2:1: There is no rule `image`; did you mean "images"?'],
  ["folders:\n  - /srv\n  - code", ':3:5: `folders` lists absolute folders, not "code"'],
  ["memory: lots", ":1:1: `memory` must be an amount of memory"],
  ["images: [a", ":1:11: "],
])("what is wrong is told with line and column: %j", (source, message) => {
  writeFileSync(file, source);

  expect(() => readPolicyFile(file)).toThrow(`${file}${message}`);
});

test("a file that is not there is named", () => {
  expect(() => readPolicyFile(join(folder, "nowhere.yaml"))).toThrow(/^Can't read the policy .*nowhere.yaml/);
});
