import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemRandom } from "@millrace/model/randomness";
import { systemClock } from "@millrace/model/time/clock";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { createUplink, type Uplink } from "../uplink/uplink.ts";
import { sweepStoredRuns } from "./sweep-stored-runs.ts";

const OLD = "00000000-0000-4000-8000-000000000001";
const YOUNG = "00000000-0000-4000-8000-000000000002";
const NEEDED = "00000000-0000-4000-8000-000000000003";

const logger = pino({ level: "silent" });
let api: FakeAgentApi;
let uplink: Uplink;
let folder: string;
beforeEach(async () => {
  api = await startFakeAgentApi();
  uplink = createUplink(api.url, api.token, { clock: systemClock, random: systemRandom, logger });
  folder = mkdtempSync(join(tmpdir(), "millrace-stored-"));
});
afterEach(async () => {
  uplink.close();
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function store(runId: string, daysAgo: number): void {
  mkdirSync(join(folder, runId, "step"), { recursive: true });
  writeFileSync(join(folder, runId, "step", "result.v8"), "");
  const at = Date.now() / 1000 - daysAgo * 86_400;
  utimesSync(join(folder, runId), at, at);
}

const sweep = (where = folder) => {
  const context = { uplink, agentId: "a", clock: systemClock, logger } as Parameters<
    typeof sweepStoredRuns
  >[0];
  return sweepStoredRuns(context, where, 30, new AbortController().signal);
};

test("what is stored of a run goes when it is old and the control plane does not need it, and not before", async () => {
  store(OLD, 31);
  store(YOUNG, 29);
  store(NEEDED, 31);
  api.work.expire(OLD, YOUNG);

  expect(await sweep()).toBe(1);
  expect([OLD, YOUNG, NEEDED].map((runId) => existsSync(join(folder, runId)))).toEqual([false, true, true]);
  const [asked] = api.callsOf("ExpiredRuns");
  expect(asked?.variables).toMatchObject({ agentId: "a", runIds: [OLD, NEEDED] });
});

test("where nothing is stored, nothing is asked", async () => {
  expect(await sweep(join(folder, "none"))).toBe(0);
  expect(api.callsOf("ExpiredRuns")).toEqual([]);
});
