import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The package and version that S3 is tested with. */
const PACKAGE = "moto[server,s3]==5.2.5";

/** A server that speaks S3's protocol. */
export interface TestS3 extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts PyPI's `moto` on a free port, with an interpreter that `findMotoPython` found. */
export async function startTestS3(python: string): Promise<TestS3> {
  const child = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  try {
    return { endpoint: await readAddress(child), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function readAddress(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error("moto's output is not read");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const address = /Running on (http:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume(); // Each request is a line that nobody reads.
    return address;
  }
  throw new Error(`moto did not start: ${said.join("\n")}`);
}

/** A Python interpreter with PyPI's `moto`, or why there is none. */
export type MotoPython = { readonly python: string } | { readonly missing: string };

/**
 * Finds or makes a virtual environment with `moto` in a cache folder of the user. Takes some ten seconds and a connection to
 * PyPI the first time. It is made under another name and renamed, so that several tests may ask at once.
 */
export async function findMotoPython(): Promise<MotoPython> {
  const folder = join(homedir(), ".cache", "millrace-test", "moto-5.2.5");
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
