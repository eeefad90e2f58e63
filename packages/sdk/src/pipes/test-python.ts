import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The package and version that Pipes is tested with. */
const PACKAGE = "dagster-pipes==1.13.27";

/** A Python interpreter with PyPI's `dagster-pipes`, or why there is none. */
export type TestPython = { readonly python: string } | { readonly missing: string };

/**
 * Finds or makes a virtual environment with `dagster-pipes` in a cache folder of the user, for tests. Takes a few seconds
 * and a connection to PyPI the first time. It is made under another name and renamed, so that several tests may ask at once.
 */
export async function findTestPython(): Promise<TestPython> {
  const folder = join(homedir(), ".cache", "millrace-test", PACKAGE.replace("==", "-"));
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return { python };
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}-`);
  try {
    await execute("python3", ["-m", "venv", draft]);
    await execute(join(draft, "bin", "python"), ["-m", "pip", "install", "--quiet", PACKAGE]);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return { python };
  } catch (error) {
    return { missing: `python3 with ${PACKAGE} can not be set up: ${String(error)}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
