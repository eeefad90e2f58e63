import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { listAgents, recordHeartbeat, registerAgent, removeAgent, unregisterAgent } from "./agent-store.ts";
import { createAgentToken } from "./agent-token-store.ts";

const { db } = await createTestDatabase();
const { agentToken } = await createAgentToken({ db, ids: systemIds }, TEST_DEPLOYMENT, "test");
const identity = { deploymentId: TEST_DEPLOYMENT, tokenId: agentToken.id };
const registration = {
  agentId: "agent-1",
  name: "laptop",
  kind: "process",
  version: "0.1.0",
  hostname: "here",
  queues: ["default"],
};
beforeEach(async () => {
  await sql`truncate agent`.execute(db);
  await registerAgent(db, identity, registration);
});

test("an agent that runs is not removed, nor one of another deployment", async () => {
  expect(await removeAgent(db, TEST_DEPLOYMENT, "agent-1")).toBe(false);
  await unregisterAgent(db, TEST_DEPLOYMENT, "agent-1");
  expect(await removeAgent(db, "another", "agent-1")).toBe(false);

  expect(await listAgents(db, TEST_DEPLOYMENT)).toHaveLength(1);
});

test("an agent that has stopped, or is out of reach, is forgotten; one that comes back says hello again", async () => {
  await sql`update agent set last_heartbeat_at = now() - interval '16 s'`.execute(db);
  expect(await removeAgent(db, TEST_DEPLOYMENT, "agent-1")).toBe(true);
  expect(await listAgents(db, TEST_DEPLOYMENT)).toEqual([]);

  await expect(recordHeartbeat(db, TEST_DEPLOYMENT, "agent-1", {})).rejects.toMatchObject({
    code: "not_found",
  });
  await registerAgent(db, identity, registration);
  await unregisterAgent(db, TEST_DEPLOYMENT, "agent-1");
  expect(await removeAgent(db, TEST_DEPLOYMENT, "agent-1")).toBe(true);
});
