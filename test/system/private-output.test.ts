import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findTestPython } from "millrace/internal/pipes/test-python";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOTO, startTestS3, TEST_CREDENTIALS, type TestS3 } from "../../packages/io-s3/src/test-s3.ts";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const found = await findTestPython(...MOTO);
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const DEFINITIONS = `
  import { definitions, job, op } from "millrace";
  const talk = op("talk", () => {
    for (let index = 0; index < 20_000; index++) console.log("line " + index);
    console.error("careful");
  });
  export const defs = definitions({ jobs: [job("talk", () => void talk())] });
`;

const WARNED = "careful\n";

/** Of a stream: nothing but its size is known. */
interface Output {
  readonly text: string;
  readonly size: number;
}

describe.skipIf("missing" in found)("with a bucket that only the agent's side can reach", () => {
  let server: TestS3;
  let stack: Stack;
  let project: TestProject;
  beforeAll(async () => {
    server = await startTestS3("python" in found ? found.python : "");
    stack = await startTestStack({ agent: false });
    project = createProject({ "src/definitions.ts": DEFINITIONS });
    stack.startAgent(
      {
        AWS_ENDPOINT_URL_S3: server.endpoint,
        AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      },
      stack.url,
      ["--output-to", "s3://private/team", "--output-link", "https://files.test/{run}/{attempt}/"],
    );
    await stack.load("talk", project.folder);
  });
  afterAll(async () => {
    await stack.stop();
    project.remove();
    await server[Symbol.asyncDispose]();
  });

  test("what runs print is there, byte for byte, and the control plane knows where and how much; it waits for a bucket that is away", async () => {
    const id = await stack.launch({ jobName: "talk" });
    // There is no bucket yet: the run goes on, and ends.
    expect((await stack.awaitEnd(id)).status).toBe("SUCCESS");
    await server.createBucket("private");

    const printed = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join("");
    const { run } = await stack.awaitChange([`logs:${id}`, `run:${id}`], async () => {
      const answer = await stack.query<{
        run: { stdout: Output; stderr: Output; outputPlace: object };
      }>(
        `query($id: ID!) { run(id: $id) { outputPlace { place link }
          stdout: logs(stream: STDOUT) { text size } stderr: logs(stream: STDERR) { text size } } }`,
        { id },
      );
      const { stdout, stderr } = answer.run;
      // Each stream is sent by itself: one may be there before the other.
      return stdout.size === printed.length && stderr.size === WARNED.length ? answer : null;
    });

    expect(run).toEqual({
      stdout: { text: "", size: printed.length },
      stderr: { text: "", size: WARNED.length },
      outputPlace: { place: `s3://private/team/${id}/1`, link: `https://files.test/${id}/1/` },
    });
    expect(await server.readAll("private", `team/${id}/1/stdout/`)).toBe(printed);
    expect(await server.readAll("private", `team/${id}/1/stderr/`)).toBe(WARNED);
    expect(existsSync(join(stack.home, "server", "logs"))).toBe(false);
    const words = ["run", "logs", id, "--stdout", "--url", stack.url];
    await expect(promisify(execFile)(process.execPath, [millrace, ...words])).rejects.toMatchObject({
      stderr: expect.stringContaining(
        `is in s3://private/team/${id}/1 (https://files.test/${id}/1/)`,
      ) as string,
    });
    const download = await fetch(`${stack.url}/output/${id}/1/stdout`);
    expect(await download.json()).toMatchObject({
      errors: [{ extensions: { code: "output_elsewhere" } }],
    });
  });
});
