import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestProject } from "../testing/test-project.ts";

/** A process that loads a file under watch, and says that it has. */
const LOADER = `
import { watchLoop } from ${JSON.stringify(fileURLToPath(new URL("watch-loop.ts", import.meta.url)))};
{
  using _ = watchLoop({ workingDirectory: import.meta.dirname, limitMs: 400 });
  await import("./definitions.ts");
}
console.log("loaded");
`;

function load(code: string) {
  using project = createTestProject({ "definitions.ts": code, "loader.ts": LOADER });
  const args = ["--conditions=@millrace/source", join(project.folder, "loader.ts")];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
}

test("code that loops is ended, with the place where it was", () => {
  const { signal, stderr } = load(
    "function spin(): never {\n  let n = 0;\n  for (;;) {\n    n++;\n  }\n}\nspin();\n",
  );

  expect(signal).toBe("SIGKILL");
  expect(stderr).toMatch(/^definitions\.ts:[34]:\d+: The code is still busy after 0 s/m);
  expect(stderr).toMatch(/> [34] \|/);
  expect(stderr).toMatch(/at spin .*definitions\.ts/);
});

test("code that comes to its end is let be", () => {
  const { status, stdout, stderr } = load("export const two = 1 + 1;\n");

  expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: "loaded\n" });
});
