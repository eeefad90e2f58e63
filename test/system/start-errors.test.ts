import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "millrace-start-errors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "file");
writeFileSync(file, "");
chmodSync(folder, 0o755);
const closed = join(folder, "closed");
mkdirSync(closed, { mode: 0o555 });
/** Root may write anywhere. */
const NOBODY = 65_534;

/** Runs `millrace` until it ends by itself. */
async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [millrace, ...args], {
    env: { ...process.env, MILLRACE_AGENT_TOKEN: "some", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output.trim() };
}

const SERVER = ["server", "--port", "0"];
const CASES: readonly [
  what: string,
  args: readonly string[],
  environment: Record<string, string>,
  says: RegExp,
][] = [
  [
    "a home that is a file",
    [...SERVER, "--home", file],
    {},
    /^The home \S+file can't be used: \S+file is a file\. /,
  ],
  ["a home in a file", [...SERVER, "--home", join(file, "x")], {}, /^The home \S+ can't be used: /],
  [
    "a home that may not be written",
    [...SERVER, "--home", join(closed, "x")],
    {},
    /^The home \S+ can't be used: the user \S+ may not use /,
  ],
  ["a home that can't be made", [...SERVER, "--home", "/proc/none/x"], {}, /^The home \S+ can't be used: /],
  [
    "a database address that is none",
    [...SERVER, "--database-url", "notaurl"],
    {},
    /^--database-url takes an address such as postgresql:/,
  ],
  [
    "a listen address that is none",
    [...SERVER, "--database-url", "postgresql://127.0.0.1:1/x", "--listen-url", "http://x"],
    {},
    /^--listen-url takes an address/,
  ],
  [
    "a database that is not there",
    [...SERVER, "--database-url", "postgresql://127.0.0.1:1/x", "--logs", "s3://output"],
    {},
    /^The database of --database-url can't be used: .*ECONNREFUSED/,
  ],
  [
    "a bucket that is none",
    [...SERVER, "--database-url", "postgresql://127.0.0.1:1/x", "--logs", "s3:/output"],
    {},
    /^"s3:\/output" is no bucket: write s3:\/\/BUCKET/,
  ],
  [
    "a log level that there is not",
    [...SERVER, "--home", closed],
    { MILLRACE_LOG_LEVEL: "bogus" },
    /^MILLRACE_LOG_LEVEL takes .*, not "bogus"$/,
  ],
  [
    "an agent's address that is none",
    ["agent", "run", "--url", "notaurl"],
    {},
    /^"notaurl" is no address of a control plane/,
  ],
  [
    "an agent's home that may not be written",
    ["agent", "run", "--home", join(closed, "x")],
    {},
    /^The home \S+ can't be used: the user \S+ may not use /,
  ],
  [
    "an agent's address of another kind",
    ["agent", "run", "--url", "ftp://x"],
    {},
    /^"ftp:\/\/x" is no address of a control plane/,
  ],
];

test.for(CASES)("%s gets a sentence", async ([_what, args, environment, says]) => {
  const { code, output } = await run(args, environment);

  expect(output).toMatch(says);
  expect(output.split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});
