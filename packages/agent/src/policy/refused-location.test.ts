import { rmSync } from "node:fs";
import { startFakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { expect, test } from "vitest";
import { startTestAgent } from "../testing/test-agent.ts";
import { createTestProject } from "../testing/test-millrace.ts";
import { parsePolicyRules } from "./policy-rules.ts";

test("what an agent's policy does not allow is reported with the rule, and nothing is started or tried again", async () => {
  await using api = await startFakeAgentApi();
  const project = createTestProject();
  const agent = startTestAgent(api, project, {
    policy: parsePolicyRules({ folders: ["/srv/code"] }, "/etc/policy.yaml"),
  });
  try {
    api.work.desire({ name: "shop", revision: 1, document: project.document });
    const { variables } = await api.untilCall("ReportLocation");

    expect(variables["input"]).toMatchObject({
      state: "FAILED",
      error: {
        code: "document_refused",
        message: expect.stringContaining("the rule `folders` of /etc/policy.yaml allows only /srv/code"),
      },
    });
    expect(variables["input"]).not.toHaveProperty("error.retryInMs");
  } finally {
    await agent.stop();
    rmSync(project.folder, { recursive: true, force: true });
  }
});
