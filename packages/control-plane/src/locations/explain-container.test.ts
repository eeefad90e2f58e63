import { CONTAINER_TAG } from "@millrace/model/container-settings";
import { expect, test } from "vitest";
import { BadRequest } from "../api/bad-request.ts";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchInput, launchTestRun, serveLocation, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { setCodeLocation } from "./change-location-store.ts";
import { explainRunContainer } from "../runs/explain-run-container.ts";
import { explainContainer, getJobTags } from "./explain-container.ts";
import { listDesiredLocations } from "./location-store.ts";

const { db } = await createTestDatabase();
const tags = (settings: object) => ({ [CONTAINER_TAG]: JSON.stringify(settings) });
const document = {
  code: { kind: "image", image: "shop:1", entry: "a.ts" },
  container: { memory: "2g", environment: { REGION: "eu" } },
};
await serveLocation(db, "shop", {
  jobs: [{ name: "nightly", tags: tags({ cpus: 2, labels: { team: "shop" } }) }],
});
await setCodeLocation(db, TEST_DEPLOYMENT, "shop", document, "ann");
await db
  .updateTable("deployment")
  .set({ settings: JSON.stringify({ container: { memory: "1g", networks: ["internal"] } }) })
  .where("id", "=", TEST_DEPLOYMENT)
  .execute();

test("agents are given what the deployment and the location say of containers", async () => {
  const [desired] = await listDesiredLocations(db, TEST_DEPLOYMENT, null);
  expect(desired?.document.container).toEqual({
    networks: ["internal"],
    memory: "2g",
    environment: { REGION: "eu" },
  });
});

test("a run's tag adds to that of its job, and each value says who said it", async () => {
  const run = await launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ jobName: "nightly", tags: tags({ memory: "4g", labels: { by: "ann" } }) }),
  );
  expect(JSON.parse(run.tags[CONTAINER_TAG] ?? "")).toEqual({
    cpus: 2,
    memory: "4g",
    labels: { team: "shop", by: "ann" },
  });
  const said = (await explainRunContainer(db, run)).map(({ setting, name, value, from, overrides }) => [
    name === null ? setting : `${setting}.${name}`,
    value,
    from,
    overrides,
  ]);
  expect(said).toEqual([
    ["networks", ["internal"], "deployment", []],
    ["cpus", 2, "job", []],
    ["labels.team", "shop", "job", []],
    ["memory", "4g", "run", ["deployment"]],
    ["labels.by", "ann", "run", []],
  ]);
});

test("the containers of a location are explained without a run, and a job that is not there is named", async () => {
  const ofJob = await getJobTags(db, TEST_DEPLOYMENT, "shop", "nightly");
  const values = await explainContainer(db, TEST_DEPLOYMENT, document, { ofJob, ofRun: {} });
  expect(values.find(({ setting }) => setting === "memory")).toMatchObject({
    value: "2g",
    from: "location",
    overrides: ["deployment"],
  });
  const unknown = getJobTags(db, TEST_DEPLOYMENT, "shop", "nigthly");
  await expect(unknown).rejects.toThrow(UnknownDefinition);
  await expect(unknown).rejects.toThrow(/serves no job "nigthly"; did you mean "nightly"/);
});

test("a launch whose container settings mean nothing is refused, naming them", async () => {
  const launch = launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ jobName: "nightly", tags: tags({ memory: 4 }) }),
  );
  await expect(launch).rejects.toThrow(BadRequest);
  await expect(launch).rejects.toThrow(/Tag `millrace\/container\.memory` must be an amount of memory/);
});
