import { truncateSync } from "node:fs";
import { join } from "node:path";
import { canMount, mountSmallDisk } from "@millrace/model/testing/small-disk";
import { startFakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { expect, test, vi } from "vitest";
import { createTestProject } from "../testing/test-project.ts";
import { startTestWorker } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 30_000 });

const DEFINITIONS = `
import { definitions, job, op } from "millrace";
const floods = op("floods", ({ log }) => {
  for (let index = 0; index < 3; index++) console.log("x".repeat(1_000_000));
  for (let index = 0; index < 100; index++) log.info(index + "y".repeat(1_000));
});
export const all = definitions({ jobs: [job("floods_job", () => { floods(); })] });
`;

test.runIf(canMount)(
  "a worker whose disk is full says so without it, keeps what happens, and its run ends when there is room",
  async () => {
    using project = createTestProject({ "defs.ts": DEFINITIONS });
    await using api = await startFakeAgentApi();
    using disk = mountSmallDisk(2_048);
    using worker = await startTestWorker(project, api.url, "floods_job", "standby", disk.folder);
    await worker.standingBy;
    await worker.execute();
    const stored = () => api.runs.attemptOf("run-1", 1);
    await api.until(() => stored().heldBy !== null);
    expect(stored().heldBy).toBe(
      `there is no room left on the disk of ${worker.directory} (ENOSPC): free some, or give it a larger one`,
    );
    expect(stored().events.some(({ type }) => type === "RUN_SUCCESS")).toBe(false);

    truncateSync(join(worker.directory, "stdout"));
    expect((await worker.ended).code).toBe(0);
    expect(
      stored()
        .events.filter(({ type }) => type === "LOG")
        .map(({ message }) => parseInt(String(message))),
    ).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(stored().events.at(-1)).toMatchObject({ type: "RUN_SUCCESS" });
    expect(stored().events).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/^What the run prints is lost for now.*ENOSPC/),
      }),
    );
    expect(worker.output("stdout")).toMatch(/… \d+ bytes are missing here: there is no room left/);
  },
);
