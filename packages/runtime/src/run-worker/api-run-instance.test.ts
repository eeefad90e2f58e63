import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import { createApiRunInstance } from "./api-run-instance.ts";

const attempt = { runId: "018f0000-0000-7000-8000-000000000001", attempt: 1 };
const places = [{ assetKey: "orders", partition: null }];

test("what is known of upstream assets is not waited for much longer than for an answer", async () => {
  const silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const client = createAgentApiClient(`http://127.0.0.1:${port}/agent/graphql`, "mrr_x");
  try {
    await expect(createApiRunInstance(client, attempt, 200).findAssetStates(places)).rejects.toMatchObject({
      code: "agent_api_unreachable",
      message: "The control plane did not say within 0.2 s what it knows of upstream assets",
    });
  } finally {
    client.close();
    silent.closeAllConnections();
    silent.close();
  }
});

test("a control plane that comes back in time is asked again", async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.statusCode = requests === 1 ? 503 : 200;
    response.end(
      JSON.stringify({
        data: { assetStates: [{ dataVersion: "v1", materialization: null, observation: null }] },
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = createAgentApiClient(`http://127.0.0.1:${port}/agent/graphql`, "mrr_x");
  try {
    expect(await createApiRunInstance(client, attempt).findAssetStates(places)).toEqual([
      { dataVersion: "v1", materialization: null, observation: null },
    ]);
    expect(requests).toBe(2);
  } finally {
    client.close();
    server.close();
  }
});
