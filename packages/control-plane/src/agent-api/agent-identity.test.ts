import { describe, expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import { agentQueue } from "@millrace/model/runs/work-item";
import { AgentApiRefused, type AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  ClaimWorkDocument,
  CompleteWorkDocument,
  DesiredLocationsDocument,
  HeartbeatDocument,
  RegisterAgentDocument,
  ReportLocationDocument,
  UnregisterAgentDocument,
} from "@millrace/protocol/agent-api.gen";
import { createAgentToken, revokeAgentToken } from "../agents/agent-token-store.ts";
import { setCodeLocation } from "../locations/change-location-store.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";

const { db, connectAs } = await startAgentApi();
await serveLocation(db, "shop", SHOP);

/** A token, and a client that speaks with it. */
async function makeToken(
  queues: readonly string[] | null = null,
): Promise<{ id: string; api: AgentApiClient }> {
  const { token, agentToken } = await createAgentToken(
    { db, ids: systemIds },
    TEST_DEPLOYMENT,
    "test",
    queues,
  );
  return { id: agentToken.id, api: connectAs(token) };
}

function register(api: AgentApiClient, agentId: string, queues = ["default"]) {
  const said = { name: "n", kind: "process", version: "1", hostname: "h" };
  return api.send(RegisterAgentDocument, { input: { ...said, agentId, queues } });
}

function claim(api: AgentApiClient, agentId: string, queues = ["default"], waitMs = 0) {
  return api.send(ClaimWorkDocument, { agentId, queues, max: 10, waitMs });
}

describe("a token that is revoked while a request is held", () => {
  test("claims nothing of what comes later", async () => {
    const { id, api } = await makeToken();
    await register(api, "spy");
    const held = claim(api, "spy", ["default"], 60_000);
    const outcome = held.catch((error: unknown) => error);

    await revokeAgentToken(db, TEST_DEPLOYMENT, id);
    const { id: runId } = await launchAndDequeue(db);

    expect(await outcome).toMatchObject({ code: "unauthenticated" });
    const honest = await makeToken();
    await register(honest.api, "honest");
    expect((await claim(honest.api, "honest")).claimWork).toMatchObject([{ payload: { runId } }]);
  });

  test("hears of no location that is added later", async () => {
    const { id, api } = await makeToken();
    const { desiredLocations } = await api.send(DesiredLocationsDocument, { haveRevision: null, waitMs: 0 });
    const haveRevision = desiredLocations.revision;
    const held = api.send(DesiredLocationsDocument, { haveRevision, waitMs: 60_000 });

    const outcome = held.catch((error: unknown) => error);
    await revokeAgentToken(db, TEST_DEPLOYMENT, id);

    expect(await outcome).toMatchObject({ code: "unauthenticated" });
  });
});

describe("a token speaks for its own agents", () => {
  test("an agent that has not registered gets nothing", async () => {
    const { api } = await makeToken();

    await expect(claim(api, "nobody")).rejects.toMatchObject({ code: "not_found" });
  });

  test("nobody else's token speaks for an agent, whatever is asked", async () => {
    const owner = await makeToken();
    const other = await makeToken();
    await register(owner.api, "mine");
    const beat = { agentId: "mine", codeServers: [], runWorkers: [], errors: [] };

    await expect(claim(other.api, "mine")).rejects.toMatchObject({ code: "not_found" });
    await expect(other.api.send(HeartbeatDocument, { input: beat })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(other.api.send(UnregisterAgentDocument, { agentId: "mine" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(
      other.api.send(CompleteWorkDocument, { agentId: "mine", itemId: crypto.randomUUID() }),
    ).rejects.toMatchObject({ code: "not_found" });
    await expect(register(other.api, "mine")).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("Agent mine has registered with another token"),
    });
    await owner.api.send(HeartbeatDocument, { input: beat });
  });

  test("several agents may share one", async () => {
    const { api } = await makeToken();
    await register(api, "first");
    await register(api, "second");

    expect((await claim(api, "first")).claimWork).toEqual([]);
    expect((await claim(api, "second")).claimWork).toEqual([]);
  });

  test.each(["the agent has left in order", "its token was revoked"])(
    "an agent comes to another one once %s",
    async (how) => {
      const before = await makeToken();
      const after = await makeToken();
      const agentId = `moving because ${how}`;
      await register(before.api, agentId);

      if (how.startsWith("its")) await revokeAgentToken(db, TEST_DEPLOYMENT, before.id);
      else await before.api.send(UnregisterAgentDocument, { agentId });
      await register(after.api, agentId);

      expect((await claim(after.api, agentId)).claimWork).toEqual([]);
      await expect(claim(before.api, agentId)).rejects.toBeInstanceOf(AgentApiRefused);
    },
  );
});

describe("a token for some queues", () => {
  test("claims work of these, and of the agent's own, and of no others", async () => {
    const { api } = await makeToken(["gpu"]);
    await register(api, "narrow", ["gpu"]);

    expect((await claim(api, "narrow", ["gpu", agentQueue("narrow")])).claimWork).toEqual([]);
    await expect(claim(api, "narrow", ["gpu", "default"])).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(`for the queues gpu, and not for "default"`),
    });
    await expect(register(api, "narrow", ["default"])).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is told of locations of these queues only, and reports for no others", async () => {
    const { api } = await makeToken(["gpu"]);
    await register(api, "narrower", ["gpu"]);
    const document = { workingDirectory: "/code", entry: "models.ts", queue: "gpu" };
    await setCodeLocation(db, TEST_DEPLOYMENT, "models", document, "tester");

    const answer = await api.send(DesiredLocationsDocument, { haveRevision: null, waitMs: 0 });
    const report = { agentId: "narrower", revision: 1, state: "FAILED" } as const;

    expect(answer.desiredLocations.locations.map(({ name }) => name)).toEqual(["models"]);
    await api.send(ReportLocationDocument, { input: { ...report, name: "models" } });
    await expect(
      api.send(ReportLocationDocument, { input: { ...report, name: "shop" } }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

test("no token claims from the queue of an agent that is not the one that asks", async () => {
  const { api } = await makeToken();
  await register(api, "curious");

  await expect(claim(api, "curious", [agentQueue("agent-9")])).rejects.toMatchObject({ code: "forbidden" });
});
