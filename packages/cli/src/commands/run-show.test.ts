import { dequeueRuns } from "@millrace/control-plane/run-queue/dequeue-runs";
import { startAttempt } from "@millrace/control-plane/runs/attempts/attempt-store";
import { appendRunEvents } from "@millrace/control-plane/runs/fold/append-run-events";
import {
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
} from "@millrace/control-plane/testing/test-runs";
import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { createClient } from "millrace-client";
import { expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const { db, url, askFor } = await startUserApi();

async function print(...words: string[]): Promise<string> {
  return (await runCommand([...words, "--url", url])).stdout;
}

test("a run that failed is shown with the errors of its steps and what they said beside", async () => {
  const { id } = await createClient({ url }).launch("hello");
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w1", place: "1@box", codeDigest: null });
  const error = { name: "Failure", message: "The file is empty", stack: null, cause: null };
  const metadata = { path: { type: "path", path: "/in/orders.csv" } };
  const events = [
    lifeEvent("RUN_START"),
    { type: "STEP_START", stepKey: "greet", attempt: 1, timestamp: 5, message: "" },
    { type: "STEP_FAILURE", stepKey: "greet", timestamp: 9, message: "", error, metadata },
  ];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });

  expect(await print("run", "show", id)).toMatch(
    /^greet +failure[\s\S]*✖ greet\n {4}The file is empty\n {6}path: \/in\/orders\.csv\n.*\/runs\/[\w-]+\n$/m,
  );
  expect(await askFor(`{ run(id: "${id}") { steps { key failureMetadata } } }`)).toMatchObject({
    run: { steps: expect.arrayContaining([{ key: "greet", failureMetadata: metadata }]) as unknown },
  });
  const ended = { type: "RUN_FAILURE", timestamp: 9, message: "", reason: "STEP_FAILURE", error: null };
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 3, events: [ended] });
  const lines = (await print("run", "logs", id, "--json")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ type: "STEP_FAILURE", stepKey: "greet", metadata }),
  );
});

test("a run of assets is named by them in lists and on its own, not by a job of Millrace's own", async () => {
  const { id } = await createClient({ url }).materialize(["orders"]);
  expect(await print("run", "list")).toMatch(new RegExp(`^${id} +[A-Z]+ +orders `, "m"));
  expect(await print("run", "show", id)).toMatch(new RegExp(`^${id} [A-Z]+ orders in shop\n`));
});

test("an automation condition is explained part by part, with what it waits for; an asset without one is refused", async () => {
  const condition = { op: "and", conditions: [{ op: "missing" }, { op: "run_in_progress" }] };
  await serveLocation(db, "shop2", {
    assets: [
      { key: "report", executable: true, stepKey: "report", automationCondition: JSON.stringify(condition) },
      { key: "plain", executable: true, stepKey: "plain" },
    ],
  });

  expect(await print("explain", "report")).toMatch(
    /^report is not asked for[\s\S]*waits until a run for report begins\n\n✖ and .*\n {2}✔ missing .*\n {2}✖ run_in_progress /,
  );
  await expect(print("explain", "plain")).rejects.toThrow("plain has no automation condition");
});
