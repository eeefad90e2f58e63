import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The package that Pipes is tested with. */
export const DAGSTER_PIPES = "dagster-pipes==1.13.27";

/** What stands between the name of an environment and that of a draft of it. */
const DRAFT = ".draft-";
/** A draft that is older was left by a process that was ended meanwhile. */
const DRAFT_KEPT_MS = 60 * 60 * 1_000;

/** A Python interpreter with packages, or why there is none. */
type TestPython = { readonly python: string } | { readonly missing: string };

/**
 * Finds or makes a virtual environment with packages of PyPI in a cache folder of the user, for tests. Takes some ten
 * seconds and a connection to PyPI the first time. It is made under another name and renamed, so that several tests may ask
 * at once.
 *
 * @param requirements The packages with their versions, such as `moto[s3]==5.2.5`.
 */
export async function findTestPython(...requirements: readonly [string, ...string[]]): Promise<TestPython> {
  const name = requirements
    .map((requirement) => requirement.replace(/\[.*\]/, "").replace("==", "-"))
    .join("-");
  const folder = join(homedir(), ".cache", "millrace-test", name);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return { python };
  await mkdir(dirname(folder), { recursive: true });
  await removeOldDrafts(dirname(folder));
  const draft = await mkdtemp(`${folder}${DRAFT}`);
  try {
    // Without a pip of its own: to install that costs more than the packages of most tests.
    await execute("python3", ["-m", "venv", "--without-pip", draft]);
    const into = ["--python", join(draft, "bin", "python")];
    await execute("python3", ["-m", "pip", ...into, "install", "--quiet", ...requirements]);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return { python };
  } catch (error) {
    return { missing: `python3 with ${requirements.join(", ")} can not be set up: ${String(error)}` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeOldDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.includes(DRAFT)) continue;
    const draft = join(folder, name);
    const stats = await stat(draft).catch(() => null);
    if (stats && stats.mtimeMs < Date.now() - DRAFT_KEPT_MS)
      await rm(draft, { recursive: true, force: true });
  }
}
