import pino from "pino";
import { systemRandom } from "@millrace/model/randomness";
import { systemClock } from "@millrace/model/time/clock";
import { startFakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { expect, test } from "vitest";
import { createUplink } from "../uplink/uplink.ts";
import { createResultTeller } from "./result-teller.ts";

const never = new AbortController().signal;

async function startTeller() {
  const api = await startFakeAgentApi();
  const context = { clock: systemClock, random: systemRandom, logger: pino({ level: "silent" }) };
  const uplink = createUplink(api.url, api.token, context);
  const teller = createResultTeller({ uplink, agentId: "a" }, never);
  const tell = (id: string, kind = "evaluate_schedule", result: unknown = {}) =>
    teller.tell({ id, kind }, result, never);
  const listBatches = () =>
    api
      .callsOf("CompleteWorks")
      .map(({ variables }) => (variables["results"] as { itemId: string }[]).map(({ itemId }) => itemId));
  return {
    api,
    teller,
    tell,
    listBatches,
    async [Symbol.asyncDispose]() {
      uplink.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

test("what there is to tell while results are on their way goes together, by its kind and up to a size", async () => {
  await using world = await startTeller();
  const { api, tell, listBatches } = world;
  const goOn = api.hold();
  const told = [tell("1"), tell("2")];
  await api.untilCall("CompleteWork", ({ itemId }) => itemId === "2");
  const left = new AbortController();
  const given = world.teller.tell({ id: "left", kind: "evaluate_schedule" }, {}, left.signal);
  left.abort(new Error("the lease was lost"));
  await expect(given).rejects.toThrow("the lease was lost");
  const large = "x".repeat(400_000);
  told.push(tell("3"), tell("4", "evaluate_schedule", large), tell("5", "evaluate_schedule", large));
  told.push(tell("6"), tell("7", "evaluate_sensor"), tell("8", "evaluate_sensor"));
  goOn();

  expect(await Promise.all(told)).toEqual(told.map(() => true));
  expect(listBatches().toSorted(([one = ""], [other = ""]) => one.localeCompare(other))).toEqual([
    ["3", "4"],
    ["5", "6"],
    ["7", "8"],
  ]);
  expect(api.callsOf("CompleteWork").map(({ variables }) => variables["itemId"])).toEqual(["1", "2"]);
});

test("results that are refused together are told one by one", async () => {
  await using world = await startTeller();
  const { api, tell, listBatches } = world;
  const goOn = api.hold();
  const told = [tell("1"), tell("2")];
  await api.untilCall("CompleteWork", ({ itemId }) => itemId === "2");
  api.work.refuseResult("large");
  told.push(tell("3"), tell("4"));
  const refused = tell("large").catch((error: unknown) => String(error));
  goOn();

  expect(await refused).toContain("the result is too large");
  expect(await Promise.all(told)).toEqual(told.map(() => true));
  expect(listBatches()).toEqual([["3", "4", "large"]]);
  expect(api.callsOf("CompleteWork").map(({ variables }) => variables["itemId"])).toEqual([
    "1",
    "2",
    "3",
    "4",
    "large",
  ]);
});
