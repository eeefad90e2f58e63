import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { registerAgent } from "@millrace/control-plane/agents/agent-store";
import { createAgentToken } from "@millrace/control-plane/agents/agent-token-store";
import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { systemIds } from "@millrace/model/randomness";
import { expect, test } from "vitest";

const command = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));
const { db, url } = await startUserApi();

/** What `millrace agent …` prints; rejects with what it complains of. */
async function agent(...words: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [command, "agent", ...words, "--url", url])).stdout;
}

test("an agent is drained and takes work again, by its name; one that is not there is named", async () => {
  const { agentToken } = await createAgentToken({ db, ids: systemIds }, "default", "test");
  const said = { name: "gpu", kind: "process", version: "1", hostname: "h", queues: ["default"] };
  await registerAgent(db, { deploymentId: "default", tokenId: agentToken.id }, { ...said, agentId: "a1" });

  expect(await agent("drain", "gpu")).toBe("gpu takes no more work; 0 runs go on\n");
  expect(await agent("list")).toMatch(/\na1 +gpu +running, drained +default/);
  expect(await agent("resume", "a1")).toBe("gpu takes work again\n");
  await expect(agent("drain", "gpus")).rejects.toMatchObject({
    stderr: expect.stringContaining('There is no agent "gpus"; did you mean "gpu"?'),
  });
});
