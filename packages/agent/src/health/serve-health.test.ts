import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { startFakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { expect, test } from "vitest";
import { startTestAgent } from "../testing/test-agent.ts";
import { createTestProject } from "../testing/test-millrace.ts";
import { renderMetrics } from "./render-metrics.ts";

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("an agent tells how it is on the port that it is given", async () => {
  await using api = await startFakeAgentApi();
  const project = createTestProject();
  const port = await freePort();
  const agent = startTestAgent(api, project, { health: { host: "127.0.0.1", port } });
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  try {
    api.work.desire({ name: "shop", revision: 1, document: project.document });
    await api.untilCall("Heartbeat", ({ input }) =>
      (input as { codeServers: { state: string }[] }).codeServers.some(({ state }) => state === "serving"),
    );

    expect(await (await get("/healthz")).text()).toBe("ok\n");
    const metrics = await (await get("/metrics")).text();
    expect(metrics).toMatch(
      /^millrace_agent_info\{agent_id="[^"]+",name="test agent",version="[^"]+",kind="process"\} 1$/m,
    );
    expect(metrics).toContain('\nmillrace_agent_code_servers{state="serving"} 1\n');
    expect(metrics).toContain("\nmillrace_agent_control_plane_reached 1\n");
    expect(metrics).toContain("\nmillrace_agent_run_workers 0\n");
    expect((await get("/")).status).toBe(404);

    const second = createTestProject();
    const other = startTestAgent(api, second, { health: { host: "127.0.0.1", port } });
    await expect(other.done).rejects.toThrow(`can't listen on 127.0.0.1:${port}, as --health asks`);
    rmSync(second.folder, { recursive: true, force: true });
  } finally {
    await agent.stop();
    rmSync(project.folder, { recursive: true, force: true });
  }
});

test("labels are written as Prometheus reads them", () => {
  const samples = [{ labels: { name: 'a "b" \\ c\nd' }, value: 0.5 }];

  expect(renderMetrics([{ name: "m", help: "M.", type: "gauge", samples }])).toBe(
    '# HELP m M.\n# TYPE m gauge\nm{name="a \\"b\\" \\\\ c\\nd"} 0.5\n',
  );
});
