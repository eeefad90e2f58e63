import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { automation } from "../automation/automation.ts";
import { op } from "../graphs/op.ts";
import { failureHook } from "../hooks/hook.ts";
import { job } from "../jobs/job.ts";
import { schedule } from "../schedules/schedule.ts";
import { sensor } from "../sensors/sensor.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { definitions } from "./definitions.ts";
import { listPassedOver } from "./passed-over.ts";

test("defaults hold where definitions say nothing themselves", () => {
  const own = asset("own", { tags: { team: "mine" }, owners: ["a@b.example"] }, () => 1);
  const plain = asset("plain", () => 1);

  const { assets } = definitions({
    assets: [own, plain],
    defaults: {
      tags: { team: "shop", tier: "gold" },
      owners: ["team:shop"],
      automationCondition: automation.eager(),
    },
  });

  expect(assets).toMatchObject([
    { key: "own", tags: { team: "mine", tier: "gold" }, owners: ["a@b.example"] },
    { key: "plain", tags: { team: "shop", tier: "gold" }, owners: ["team:shop"] },
  ]);
  expect(assets.every((each) => each.automationCondition !== null)).toBe(true);
});

test("a default retry policy and hooks hold for steps of assets and of jobs, after their own", async () => {
  const failed: string[] = [];
  const alarm = failureHook("alarm", ({ stepKey }) => void failed.push(stepKey));
  const broken = asset("broken", () => {
    throw new Error("no");
  });
  const stubborn = asset("stubborn", { retryPolicy: { maxRetries: 0 } }, () => {
    throw new Error("no");
  });
  const ops = job("ops", () => {
    op("step", () => {
      throw new Error("no");
    })();
  });
  const defs = definitions({
    assets: [broken, stubborn],
    jobs: [ops],
    defaults: { retryPolicy: { maxRetries: 1 }, hooks: [alarm] },
  });

  const made = await materialize([...defs.assets], { throwOnFailure: false });
  const [ranJob] = defs.jobs;
  const ran = await executeJob(ranJob ?? ops, { throwOnFailure: false });

  expect(made.eventsOf("STEP_UP_FOR_RETRY").map(({ stepKey }) => stepKey)).toEqual(["broken"]);
  expect(ran.eventsOf("STEP_UP_FOR_RETRY").map(({ stepKey }) => stepKey)).toEqual(["step"]);
  expect(failed.toSorted((a, b) => a.localeCompare(b))).toEqual(["broken", "step", "stubborn"]);
});

test("a default that makes no sense is refused", () => {
  expect(() => definitions({ defaults: { retryPolicy: { maxRetries: -1 } } })).toThrow("maxRetries");
});

test("what defaults have changed is not said to be missing from the location", () => {
  const plain = asset("plain", () => 1);
  const daily = job("daily", { selection: [plain] });
  const exported = {
    plain,
    daily,
    isOne: assetCheck("is_one", { asset: plain }, (_context, value) => value === 1),
    morning: schedule("morning", { cron: "0 6 * * *", job: daily }),
    arrivals: sensor("arrivals", { job: daily }, () => undefined),
  };
  const { isOne, morning, arrivals } = exported;
  const forgotten = schedule("forgotten", { cron: "0 7 * * *", job: daily });

  const location = definitions({
    assets: [plain],
    checks: [isOne],
    schedules: [morning],
    sensors: [arrivals],
    defaults: { retryPolicy: { maxRetries: 1 }, hooks: [failureHook("alarm", () => {})] },
  });

  expect(location.schedules).not.toContain(morning);
  expect(listPassedOver([{ ...exported, forgotten }], location)).toEqual([
    expect.stringMatching(/^export "forgotten"/),
  ]);
});
