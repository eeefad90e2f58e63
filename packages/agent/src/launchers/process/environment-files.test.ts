import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readEnvironmentFiles } from "./environment-files.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first file that has a variable says what it is; a file need not be there; the agent's own names are no variables", () => {
  const [local, all] = [join(folder, ".env.local"), join(folder, ".env")];
  writeFileSync(all, `# shop\nURL=http://all\nexport NAME="two words"\nMILLRACE_AGENT_TOKEN=x\nEMPTY=\n`);

  expect(readEnvironmentFiles([local, all])).toEqual({ URL: "http://all", NAME: "two words", EMPTY: "" });
  writeFileSync(local, "URL=http://local");
  expect(readEnvironmentFiles([local, all])).toMatchObject({ URL: "http://local", NAME: "two words" });
});
