import { beforeEach, describe, expect, test } from "vitest";
import { launchInput, serveLocation, SHOP, launchTestRun } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import type { Action } from "./actions.ts";
import { isAllowed, NotAllowed, OWNER, type Viewer } from "./viewer.ts";

let viewer: Viewer = OWNER;
const { db, url, logged, ask, askFor } = await startUserApi({ level: "info", findViewer: () => viewer });
await db.insertInto("deployment").values({ id: "b", name: "branch" }).execute();
beforeEach(() => {
  viewer = OWNER;
  logged.length = 0;
});

function ann(...actions: Action[]): Viewer {
  return { name: "ann", grants: [{ actions, deploymentId: "default" }] };
}

function records(): Record<string, unknown>[] {
  return logged.flatMap((line) => {
    const { audit } = JSON.parse(line) as { audit?: Record<string, unknown> };
    return audit ? [audit] : [];
  });
}

describe("grants", () => {
  test("one grant is enough, and none takes anything away", () => {
    const grants = [
      { actions: ["run.view"], deploymentId: "b" },
      { actions: "every", deploymentId: "default" },
      { actions: [], deploymentId: "default" },
    ] as const;
    const both: Viewer = { name: "ann", grants };

    expect(isAllowed(both, "run.launch", "default")).toBe(true);
    expect(isAllowed({ ...both, grants: grants.toReversed() }, "run.launch", "default")).toBe(true);
    expect(isAllowed(both, "run.view", "b")).toBe(true);
    expect(isAllowed(both, "run.launch", "b")).toBe(false);
    expect(isAllowed({ name: "bob", grants: [] }, "run.view", "default")).toBe(false);
    expect(isAllowed(OWNER, "agent_token.create", "b")).toBe(true);
  });
});

describe("what a viewer is not allowed", () => {
  test("a question is refused with the action that would allow it", async () => {
    viewer = ann("run.view");

    const { errors } = await ask(`{ agents { id } }`);

    expect(errors).toMatchObject([
      {
        message: "ann may not see agents and what they report here (agent.view)",
        extensions: { code: new NotAllowed(viewer, "agent.view").code },
      },
    ]);
    expect(await askFor(`{ runs { nodes { id } } }`)).toEqual({ runs: { nodes: [] } });
  });

  test("a change is refused before anything happens, and recorded", async () => {
    viewer = ann("run.view");
    const { errors } = await ask(`mutation { launchRun(input: {jobName: "hello"}) { __typename } }`);

    expect(errors).toMatchObject([{ message: "ann may not launch runs here (run.launch)" }]);
    expect(await db.selectFrom("run").selectAll().execute()).toEqual([]);
    expect(records()).toEqual([
      {
        action: "run.launch",
        viewer: "ann",
        deploymentId: "default",
        "input.jobName": "hello",
        outcome: "forbidden",
      },
    ]);
  });

  test("who may deploy code locations may not yet remove those that a list does not have", async () => {
    viewer = ann("location.deploy");
    const sync = `mutation ($prune: Boolean!) { syncCodeLocations(locations: [], prune: $prune) { __typename } }`;

    expect(await askFor(sync, { prune: false })).toMatchObject({
      syncCodeLocations: { __typename: "SyncedCodeLocations" },
    });
    expect((await ask(sync, { prune: true })).errors).toMatchObject([
      { message: "ann may not remove code locations here (location.remove)" },
    ]);
    expect(records()).toMatchObject([
      { prune: false, outcome: "done" },
      { prune: true, outcome: "forbidden" },
    ]);
  });

  test("who may see a run may not yet see its config and its output", async () => {
    const { id } = await launchTestRun(db, "default", launchInput());
    viewer = ann("run.view", "log.view");
    expect((await ask(`{ run(id: "${id}") { runConfig } }`)).errors).toMatchObject([
      { message: expect.stringContaining("(config.view)") },
    ]);

    viewer = ann("run.view", "config.view");
    const { errors } = await ask(`{ run(id: "${id}") { id logs(stream: STDOUT) { text } } }`);

    expect(errors).toMatchObject([{ message: expect.stringContaining("(log.view)") }]);
    expect(await askFor(`{ run(id: "${id}") { id runConfig } }`)).toMatchObject({ run: { id } });
  });

  test("an edge from one noun to another asks again", async () => {
    const asset = { assetSelection: ["orders"], jobName: null };
    const { id } = await launchTestRun(db, "default", launchInput(asset));
    const question = `{ asset(key: "orders") { key activeRun { id } } }`;
    viewer = ann("asset.view", "run.view");
    expect(await askFor(question)).toEqual({ asset: { key: "orders", activeRun: { id } } });

    viewer = ann("asset.view");

    expect((await ask(question)).errors).toMatchObject([{ message: expect.stringContaining("(run.view)") }]);
  });

  test("a grant in one deployment counts for nothing in another", async () => {
    viewer = ann("run.view");

    const { errors } = await ask(`{ runs { nodes { id } } }`, {}, { "millrace-deployment": "branch" });

    expect(errors).toMatchObject([{ message: expect.stringContaining("(run.view)") }]);
  });

  test("a subscription ends with the next event when its viewer may not see any more", async () => {
    viewer = ann("deployment.view", "run.launch", "run.view");
    const query = encodeURIComponent(`subscription { changes(topics: ["runs"]) { topic } }`);
    const response = await fetch(`${url}?query=${query}`, { headers: { accept: "text/event-stream" } });
    viewer = ann("run.launch", "run.view");
    await askFor(`mutation { launchRun(input: {jobName: "hello"}) { __typename } }`);

    const received = await response.text();

    expect(received).toContain("(deployment.view)");
    expect(received).not.toContain(`"topic":"runs"`);
  });
});

test("a change that was made is recorded with who asked for it", async () => {
  await askFor(`mutation { createAgentToken(name: "night shift") { token } }`);

  expect(records()).toEqual([
    {
      action: "agent_token.create",
      viewer: "owner",
      deploymentId: "default",
      name: "night shift",
      outcome: "done",
    },
  ]);
});

test.each([
  [`switchAutomation(on: false)`, "automation.toggle", { on: false, outcome: "done" }],
  [
    `cancelRuns(filter: { jobName: "hello" })`,
    "run.terminate",
    { filter: { jobName: "hello" }, outcome: "done" },
  ],
  [`wipeAssets(selection: "group:raw")`, "asset.wipe", { selection: "group:raw", outcome: "done" }],
  [`wipeAssets(keys: ["nowhere"])`, "asset.wipe", { keys: ["nowhere"], outcome: "bad_request" }],
  [`setPoolLimit(name: "db", limit: 2)`, "settings.edit", { name: "db", limit: 2, outcome: "done" }],
])("%s is recorded with what was changed", async (mutation, action, what) => {
  await askFor(`mutation { ${mutation} { __typename } }`);

  expect(records()).toEqual([{ action, viewer: "owner", deploymentId: "default", ...what }]);
});

describe("the deployment of a request", () => {
  const names = `{ deployment { id } codeLocations { name } }`;

  test("is named by the path or the header, and is the default one otherwise", async () => {
    await serveLocation(db, "twin", SHOP, "b");
    const ofB = { deployment: { id: "b" }, codeLocations: [{ name: "twin" }] };

    const byPath = await fetch(url.replace("/graphql", "/d/branch/graphql"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: names }),
    });

    expect(await byPath.json()).toEqual({ data: ofB });
    expect(await ask(names, {}, { "millrace-deployment": "branch" })).toEqual({ data: ofB });
    expect(await askFor(names)).toEqual({ deployment: { id: "default" }, codeLocations: [{ name: "shop" }] });
  });

  test.each(["nowhere", "b\0", "default "])("%j is refused: there is none of that name", async (name) => {
    const response = await fetch(url.replace("/graphql", `/d/${encodeURIComponent(name)}/graphql`), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: names }),
    });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      errors: [{ message: `There is no deployment "${name}"`, extensions: { code: "unknown_deployment" } }],
    });
  });
});
