import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stop } from "esbuild";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { COURIER_FILE, SDK_FILES, STEP_FILE, WORKER_FILE } from "./bundle-files.ts";
import { prepareEngine } from "./engine.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-engine-"));
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

test("whatever authors may import of the SDK is a file of the engine", () => {
  const manifest = fileURLToPath(new URL("../package.json", import.meta.resolve("millrace")));
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports: Record<string, unknown> };
  // Types alone, such as those of imported texts, are not imported.
  const code = Object.entries(exports).filter(([, file]) => typeof file === "string");
  const names = code.map(([path]) => path).filter((path) => !path.includes("*"));

  expect(Object.keys(SDK_FILES).toSorted()).toEqual(
    names.map((path) => `millrace${path.slice(1)}`).toSorted(),
  );
});

test("an engine is built once, and found again as long as its sources are the same", async () => {
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  const built = await prepareEngine(join(folder, "unused"));
  const times = built.files.map((file) => statSync(file).mtimeMs);

  const found = await prepareEngine(join(folder, "unused"));

  expect(found).toEqual(built);
  expect(found.files.map((file) => statSync(file).mtimeMs)).toEqual(times);
  const names = found.files.map((file) => basename(file));
  expect(names).toEqual(
    expect.arrayContaining([WORKER_FILE, COURIER_FILE, STEP_FILE, ...Object.values(SDK_FILES)]),
  );
});

test("where no cache can be written it is kept in the project", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  vi.stubEnv("XDG_CACHE_HOME", file);
  const own = join(folder, "project");

  const { files } = await prepareEngine(own);

  expect(files.every((file) => file.startsWith(own))).toBe(true);
});
