import { get, type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { topics } from "@millrace/model/topic";
import { startUserApi } from "../testing/test-user-api.ts";
import { notifyChange } from "../wake/notify-change.ts";

const { db, url, logged, ask, askFor } = await startUserApi();

describe("input that can't be read", () => {
  test.each([
    [`{ runs(limit: 0) { hasMore } }`, "`limit` must be between 1 and 1000"],
    [`{ runs(limit: 100000) { hasMore } }`, "`limit` must be between"],
    [`{ runs(filter: {createdAfter: "yesterday"}) { hasMore } }`, "ISO-8601"],
    [`{ tickEvaluation(id: "x") { id } }`, "`id` must be a UUID"],
    [`mutation { launchRun(input: {}) { __typename } }`, "names nothing to run"],
    [
      `mutation { launchRun(input: {jobName: "hello", runConfig: [1]}) { __typename } }`,
      "`input.runConfig` must be an object",
    ],
    [`{ nothing }`, "Cannot query field"],
    [`{ run(`, "Syntax Error"],
  ])("%s", async (query, message) => {
    logged.length = 0;

    const { errors } = await ask(query);

    expect(errors?.[0]?.message).toContain(message);
    expect(errors?.[0]?.extensions["code"]).toBe("bad_request");
    expect(logged).toEqual([]);
  });
});

describe("live changes", () => {
  const subscribeTo = (topics: string[]) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const query = `subscription ($topics: [String!]!) { changes(topics: $topics) { topic } }`;
      const parameters = new URLSearchParams({ query, variables: JSON.stringify({ topics }) });
      const headers = { accept: "text/event-stream" };
      get(`${url}?${parameters}`, { headers }, resolve).on("error", reject);
    });

  async function readUntil(response: IncomingMessage, text: string): Promise<string> {
    let received = "";
    for await (const chunk of response) {
      received += String(chunk);
      if (received.includes(text)) return received;
    }
    return received;
  }

  test("a reader hears of what it asked for as soon as it is stored", async () => {
    const response = await subscribeTo(["runs"]);
    const heard = readUntil(response, `{"data":{"changes":{"topic":"runs"}}}`);
    await askFor(`mutation { launchRun(input: {jobName: "hello"}) { __typename } }`);

    expect(await heard).toContain("event: next");
    response.destroy();
  });

  test("a reader hears nothing of other deployments, whatever it names", async () => {
    const id = "0b6ff5a1-7a42-4f0e-9f9c-3a3f2d6a1c55";
    const response = await subscribeTo(["runs", `run:${id}`, "agents"]);
    const heard = readUntil(response, `"topic":"agents"`);
    await notifyChange(db, topics.runs("branch"), topics.run("branch", id), topics.agents("branch"));
    await notifyChange(db, topics.agents("default"));

    expect((await heard).match(/"topic":"[^"]+"/g)).toEqual([`"topic":"agents"`]);
    response.destroy();
    const foreign = await subscribeTo(["branch/runs"]);
    expect(await readUntil(foreign, "There is no topic")).toContain("bad_request");
    foreign.destroy();
  });

  test("a topic that there is not is refused", async () => {
    const response = await subscribeTo(["everything"]);

    expect(await readUntil(response, "There is no topic")).toContain("bad_request");
    response.destroy();
  });
});
