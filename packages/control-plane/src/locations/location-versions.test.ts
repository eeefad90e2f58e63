import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT, type SnapshotInit } from "../testing/test-runs.ts";
import { compareVersions } from "./compare-versions.ts";
import { reloadCodeLocation, removeCodeLocation, setCodeLocation } from "./change-location-store.ts";
import { findCodeLocation, listDesiredLocations } from "./location-store.ts";
import { reportLocation } from "./report-location.ts";
import { rollBackCodeLocation } from "./roll-back-location.ts";
import { insertSnapshot } from "./snapshot-store.ts";
import { listVersions, type LocationVersion } from "./version-store.ts";

const { db } = await createTestDatabase();
const AGENT = { deploymentId: TEST_DEPLOYMENT, queues: null };
const ORDERS: SnapshotInit = {
  assets: [{ key: "orders", group: "sales", executable: true, stepKey: "orders" }],
};

/** Code in an image of this tag. */
function image(tag: string, more: object = {}): object {
  return { code: { kind: "image", image: `registry/shop:${tag}`, entry: "src/definitions.ts" }, ...more };
}

/** What an agent says of a revision; with definitions it has loaded. */
async function report(
  name: string,
  revision: number,
  said: "LOADING" | "FAILED" | SnapshotInit,
  error: unknown = said === "FAILED" ? { name: "SyntaxError", message: "broken" } : null,
): Promise<void> {
  let snapshotDigest: string | null = null;
  if (typeof said === "object") {
    const bytes = toBinary(LocationSnapshotSchema, create(LocationSnapshotSchema, said));
    snapshotDigest = createHash("sha256").update(bytes).digest("hex");
    await insertSnapshot(db, TEST_DEPLOYMENT, snapshotDigest, gzipSync(bytes), Date.now());
  }
  const state = typeof said === "object" ? "LOADED" : said;
  const news = {
    agentId: "agent-1",
    name,
    revision,
    state,
    codeDigest: null,
    snapshotDigest,
    error,
  } as const;
  await reportLocation(db, AGENT, { ...news, warnings: [] }, () => Promise.resolve());
}

async function versionsOf(name: string, before: number | null = null, limit = 100) {
  const location = await findCodeLocation(db, TEST_DEPLOYMENT, name);
  return listVersions(db, location?.id ?? "", { before, limit });
}

async function statesOf(name: string): Promise<Record<number, LocationVersion["state"]>> {
  return Object.fromEntries((await versionsOf(name)).nodes.map(({ revision, state }) => [revision, state]));
}

test("each version says what it was made from, why and for whom; the same document again makes none", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "shop", image("1"), "ann");
  await setCodeLocation(db, TEST_DEPLOYMENT, "shop", image("1"), "ben");
  await setCodeLocation(db, TEST_DEPLOYMENT, "shop", image("2", { gitCommit: "1a2b3c4" }), "ben");
  await reloadCodeLocation(db, TEST_DEPLOYMENT, "shop", "cay");

  const { nodes, hasMore } = await versionsOf("shop");
  expect(nodes).toMatchObject([
    { revision: 3, reason: "reloaded", askedBy: "cay", document: image("2", { gitCommit: "1a2b3c4" }) },
    { revision: 2, reason: "changed", askedBy: "ben", document: image("2", { gitCommit: "1a2b3c4" }) },
    { revision: 1, reason: "added", askedBy: "ann", document: image("1") },
  ]);
  expect(hasMore).toBe(false);
  expect(await versionsOf("shop", 3, 1)).toMatchObject({ nodes: [{ revision: 2 }], hasMore: true });
});

test("a version waits, starts, and is ready, degraded or failed; only one that serves is degraded", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "states", image("1"), "ann");
  expect(await statesOf("states")).toEqual({ 1: "pending" });
  await report("states", 1, "LOADING");
  expect(await statesOf("states")).toEqual({ 1: "starting" });
  await report("states", 1, ORDERS);
  await reloadCodeLocation(db, TEST_DEPLOYMENT, "states", "ann");
  expect(await statesOf("states")).toEqual({ 1: "ready", 2: "pending" });
  await report("states", 2, "FAILED");
  await report("states", 1, "FAILED");
  expect(await statesOf("states")).toEqual({ 1: "degraded", 2: "failed" });
  expect(await findCodeLocation(db, TEST_DEPLOYMENT, "states")).toMatchObject({
    serving: { revision: 1, error: { message: "broken" } },
    latest: { revision: 2 },
  });
});

test("a version that does not load says of which class its failure is, and when it is tried again", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "failing", image("1"), "ann");
  const latest = async () => (await findCodeLocation(db, TEST_DEPLOYMENT, "failing"))?.latest;
  const thrown = { name: "Error", message: "no service", code: "definitions_threw" };

  await report("failing", 1, "FAILED", { ...thrown, retryInMs: 2_000 });
  expect(await latest()).toMatchObject({
    state: "failed",
    failure: "code_threw",
    retryAt: expect.any(Date),
    error: thrown,
  });
  await report("failing", 1, "FAILED", { name: "DocumentRefused", message: "no", code: "document_refused" });
  expect(await latest()).toMatchObject({ failure: "refused", retryAt: null });
  await report("failing", 1, "FAILED", { ...thrown, code: "a_newer_one", retryInMs: "soon" });
  expect(await latest()).toMatchObject({ failure: "other", retryAt: null });

  await report("failing", 1, "FAILED", { ...thrown, retryInMs: 500 });
  await report("failing", 1, ORDERS);
  expect(await latest()).toMatchObject({ state: "ready", failure: null, retryAt: null, error: null });
});

test("the last twenty versions are kept, and the one that serves, also while no agent takes one up", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "many", image("1"), "ann");
  await report("many", 1, ORDERS);
  for (let count = 0; count < 24; count++) await reloadCodeLocation(db, TEST_DEPLOYMENT, "many", "ann");

  const revisions = (await versionsOf("many")).nodes.map(({ revision }) => revision);
  expect(revisions).toEqual([...Array.from({ length: 20 }, (_, index) => 25 - index), 1]);
});

test("a location that was removed and is added again has no versions of the one before", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "again", image("1"), "ann");
  await removeCodeLocation(db, TEST_DEPLOYMENT, "again");
  await setCodeLocation(db, TEST_DEPLOYMENT, "again", image("2"), "ann");

  expect((await versionsOf("again")).nodes).toMatchObject([{ revision: 1, document: image("2") }]);
});

function rollBack(name: string, revision: number | null = null) {
  return rollBackCodeLocation(db, TEST_DEPLOYMENT, { name, revision, askedBy: "dan" });
}

test("a roll back is a new revision with the document of the last that loaded and had another; it serves once it has loaded", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "back", image("1"), "ann");
  await report("back", 1, ORDERS);
  await setCodeLocation(db, TEST_DEPLOYMENT, "back", image("broken"), "ann");
  await report("back", 2, "FAILED");
  await setCodeLocation(db, TEST_DEPLOYMENT, "back", image("3"), "ann");
  await report("back", 3, { assets: [] });

  expect(await rollBack("back")).toMatchObject({
    basedOn: 1,
    warning: null,
    location: { revision: 4, serving: { revision: 3 }, latest: { state: "pending" } },
  });
  expect((await versionsOf("back")).nodes[0]).toMatchObject({
    reason: "rolled_back",
    basedOn: 1,
    askedBy: "dan",
    document: image("1"),
  });
  const desired = await listDesiredLocations(db, TEST_DEPLOYMENT, null);
  expect(desired.find(({ name }) => name === "back")).toMatchObject({ revision: 4, document: image("1") });
  await report("back", 4, ORDERS);
  expect(await findCodeLocation(db, TEST_DEPLOYMENT, "back")).toMatchObject({ serving: { revision: 4 } });
  expect(await rollBack("back", 2)).toMatchObject({ basedOn: 2, location: { revision: 5 } });
});

test("of code in a folder, a roll back says that the files are those of today", async () => {
  const folder = {
    code: { kind: "folder", workingDirectory: "/srv/shop", entry: "a.ts" },
    gitCommit: "1a2b3c4",
  };
  await setCodeLocation(db, TEST_DEPLOYMENT, "folder", folder, "ann");
  await report("folder", 1, ORDERS);
  await expect(rollBack("folder")).rejects.toThrow(
    "No version of folder that has loaded has another document. Its code is in /srv/shop: bring older files back there",
  );
  await setCodeLocation(db, TEST_DEPLOYMENT, "folder", { ...folder, gitCommit: "5d6e7f8" }, "ann");
  expect((await rollBack("folder")).warning).toMatch(
    /files that are there now .* not those of revision 1.*git checkout 1a2b3c4/,
  );
});

test("a revision that is not kept, the newest, and a location that is not there are refused with what there is", async () => {
  await setCodeLocation(db, TEST_DEPLOYMENT, "refused", image("1"), "ann");
  await setCodeLocation(db, TEST_DEPLOYMENT, "refused", image("2"), "ann");

  await expect(rollBack("refused", 7)).rejects.toThrow(
    "The document of a revision 7 of refused is not kept; kept are 1",
  );
  await expect(rollBack("refused", 2)).rejects.toThrow("Revision 2 of refused is the newest");
  await expect(rollBack("refuse", 1)).rejects.toThrow(
    'There is no code location "refuse"; did you mean "refused"?',
  );
  await expect(rollBack("refused")).rejects.toThrow(
    "No version of refused that has loaded has another document",
  );
});

test("two versions are compared that have loaded: the newest with the one before, or those that are named", async () => {
  await setCodeLocation(
    db,
    TEST_DEPLOYMENT,
    "compared",
    image("1", { environment: { REGION: "eu" } }),
    "ann",
  );
  await report("compared", 1, ORDERS);
  const location = await findCodeLocation(db, TEST_DEPLOYMENT, "compared");
  if (location === null) throw new Error("no location");
  await expect(compareVersions(db, location, null, null)).rejects.toThrow(
    "compared has no version before revision 1 that has loaded and is kept; those that have are 1",
  );
  await setCodeLocation(db, TEST_DEPLOYMENT, "compared", image("2"), "ann");
  await report("compared", 2, "FAILED");
  await setCodeLocation(db, TEST_DEPLOYMENT, "compared", image("3"), "ann");
  await report("compared", 3, { assets: [] });

  const changes = await compareVersions(db, location, null, null);
  expect(changes).toMatchObject({
    from: 1,
    to: 3,
    document: [
      { field: "image", before: "registry/shop:1", after: "registry/shop:3" },
      { field: "environment", before: { REGION: "eu" }, after: {} },
    ],
    isCodeChanged: null,
    changes: [{ kind: "asset", name: "orders", change: "removed" }],
  });
  expect((await compareVersions(db, location, 3, 1)).changes).toMatchObject([
    { name: "orders", change: "added" },
  ]);
  await expect(compareVersions(db, location, 2, 3)).rejects.toThrow(
    "compared has no revision 2 that has loaded",
  );
});
