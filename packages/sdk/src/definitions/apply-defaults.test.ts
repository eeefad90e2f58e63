import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { automation } from "../automation/automation.ts";
import { op } from "../graphs/op.ts";
import { failureHook } from "../hooks/hook.ts";
import { job } from "../jobs/job.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { definitions } from "./definitions.ts";

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
