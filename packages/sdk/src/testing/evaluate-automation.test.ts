import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { assetRef } from "../assets/dependency.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { job } from "../jobs/job.ts";
import { automation } from "../automation/automation.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { freshness } from "../freshness/freshness.ts";
import { daily, dynamicPartitions, staticPartitions } from "../partitions/partitions.ts";
import { automationInstance } from "./automation-instance.ts";
import { evaluateAutomation } from "./evaluate-automation.ts";

const now = new Date("2024-05-03T08:00:00Z");
const orders = asset("orders", () => 1);
const report = asset("report", { deps: [orders], automationCondition: automation.eager() }, () => 2);

test("an eager asset is requested once for each update of what it depends on", () => {
  const instance = automationInstance({ now });
  expect(evaluateAutomation([report], instance).requested).toEqual([]);

  instance.advance(60);
  instance.materialize(orders);
  const result = evaluateAutomation([report], instance);
  expect(result.isRequested(report)).toBe(true);
  expect(result.explain(report)).toMatchObject({ label: "eager", name: "eager" });
  expect(result.explain(orders)).toBeNull();

  instance.materialize(report);
  instance.advance(60);
  expect(evaluateAutomation([report], instance).requested).toEqual([]);
});

test("an asset is not requested while a run for it is under way, or one it depends on is missing", () => {
  const users = assetRef<number>("users");
  const both = asset("both", { deps: [orders, users], automationCondition: automation.eager() }, () => 3);
  const instance = automationInstance({ now });
  instance.materialize(orders);
  expect(evaluateAutomation([both], instance).requested).toEqual([]);

  instance.materialize(users);
  instance.startRun(both);
  expect(evaluateAutomation([both], instance).requested).toEqual([]);

  instance.fail(both);
  expect(evaluateAutomation([both], instance).requested).toEqual(["both"]);
});

test("a run that made an asset and then failed before the next is told step by step", () => {
  const both = [
    asset("copy", { deps: [orders], automationCondition: automation.eager() }, () => 3),
    report,
  ] as const;
  const [copy] = both;
  const instance = automationInstance({ now });
  evaluateAutomation(both, instance);

  instance.advance(60);
  for (const each of [orders, report]) instance.startRun(each);
  instance.materialize(orders, { runAssets: [orders, report] });
  expect(evaluateAutomation(both, instance).requested).toEqual(["copy"]);

  // What the run itself was to make from it is not asked for again, as with the daemon.
  instance.materialize(copy);
  instance.fail(report);
  instance.advance(60);
  expect(evaluateAutomation(both, instance).requested).toEqual([]);

  instance.advance(60);
  instance.materialize(orders);
  expect(evaluateAutomation(both, instance).requested).toEqual(["copy", "report"]);
});

test("of two runs that are under way for an asset one is left when the other has made it", () => {
  const instance = automationInstance({ now });
  const again = asset("again", { automationCondition: automation.not(automation.runInProgress()) }, () => 1);
  instance.startRun(again);
  instance.startRun(again);
  instance.materialize(again);
  expect(evaluateAutomation([again], instance).requested).toEqual([]);

  instance.fail(again);
  expect(evaluateAutomation([again], instance).requested).toEqual(["again"]);
});

test("the moved clock makes cron ticks pass and partitions appear", () => {
  const sales = asset(
    "sales",
    {
      partitions: daily({ start: "2024-05-01" }),
      automationCondition: automation.onCron("0 6 * * *"),
    },
    () => 1,
  );
  const instance = automationInstance({ now });
  expect(evaluateAutomation([sales], instance).requested).toEqual([]);

  instance.moveTo(new Date("2024-05-04T07:00:00Z"));
  const result = evaluateAutomation([sales], instance);
  expect(result.requestedPartitions(sales)).toEqual(["2024-05-03"]);
  expect(result.isRequested(sales, "2024-05-02")).toBe(false);
  expect(() => instance.moveTo(now)).toThrow(RangeError);
});

test("dynamic partitions are those that the test sets", () => {
  const customers = dynamicPartitions("customers");
  const bill = asset("bill", { partitions: customers, automationCondition: automation.onMissing() }, () => 1);
  const instance = automationInstance({ now });
  // What was missing before the first evaluation is left alone.
  instance.setPartitions("customers", ["eve"]);
  expect(evaluateAutomation([bill], instance).requested).toEqual([]);

  instance.setPartitions("customers", ["eve", "ada"]);
  expect(evaluateAutomation([bill], instance).requestedPartitions(bill)).toEqual(["ada"]);

  instance.materialize(bill, { partitionKey: "ada" });
  instance.setPartitions("customers", ["eve", "ada", "bob"]);
  expect(evaluateAutomation([bill], instance).requestedPartitions(bill)).toEqual(["bob"]);
});

test("checks of what it depends on can hold an asset back", () => {
  const valid = assetCheck("valid", { asset: orders, blocking: true }, () => true);
  const guarded = asset(
    "guarded",
    {
      deps: [orders],
      automationCondition: automation.allOf(automation.missing(), automation.allDepsBlockingChecksPassed()),
    },
    () => 1,
  );
  const instance = automationInstance({ now });
  instance.materialize(orders);
  instance.evaluateCheck(orders, "valid", false);
  expect(evaluateAutomation([guarded], instance, { checks: [valid] }).requested).toEqual([]);

  instance.evaluateCheck(orders, "valid", true);
  expect(evaluateAutomation([guarded], instance, { checks: [valid] }).requested).toEqual(["guarded"]);
});

test("a check with a condition of its own is evaluated when it holds, without its asset", () => {
  const valid = assetCheck(
    "valid",
    { asset: orders, automationCondition: automation.anyDepsMatch(automation.newlyUpdated()) },
    () => true,
  );
  const instance = automationInstance({ now });
  evaluateAutomation([orders], instance, { checks: [valid] });

  instance.advance(60);
  instance.materialize(orders);

  expect(evaluateAutomation([orders], instance, { checks: [valid] })).toMatchObject({
    requested: [],
    requestedChecks: ["orders:valid"],
  });
});

test("an asset follows its freshness policy as the clock moves", () => {
  const stock = asset(
    "stock",
    {
      freshnessPolicy: freshness.timeWindow({ failSeconds: 3600 }),
      automationCondition: automation.sinceLastHandled(automation.freshnessFailed()),
    },
    () => 1,
  );
  const instance = automationInstance({ now });
  instance.materialize(stock);
  expect(evaluateAutomation([stock], instance).requested).toEqual([]);

  instance.advance(3600);
  expect(evaluateAutomation([stock], instance).requested).toEqual(["stock"]);
});

test("assets of one step that can't be asked for alone are requested together", () => {
  const halves = multiAsset(
    "halves",
    { deps: [orders], assets: { left: { automationCondition: automation.eager() }, right: {} } },
    () => ({ left: 1, right: 2 }),
  );
  const { left, right } = halves.assets;
  const instance = automationInstance({ now });
  instance.materialize(left);
  evaluateAutomation([left, right], instance);

  instance.advance(60);
  instance.materialize(orders);

  expect(evaluateAutomation([left, right], instance).requested.toSorted()).toEqual(["left", "right"]);
});

test("a condition looks through a virtual asset, and an asset is made when somebody downstream needs it", () => {
  const lazy = asset(
    "lazy",
    { deps: [orders], automationCondition: automation.anyDownstreamConditions() },
    () => 1,
  );
  const view = externalAsset("view", { after: [lazy], isVirtual: true });
  const summary = asset(
    "summary",
    {
      after: [view],
      automationCondition: automation.resolveThroughVirtual(automation.anyDepsUpdated()),
    },
    () => 2,
  );
  const instance = automationInstance({ now });
  const assets = [lazy, view, summary];
  evaluateAutomation(assets, instance);

  instance.advance(60);
  instance.materialize(orders);
  expect(evaluateAutomation(assets, instance).requested).toEqual(["lazy", "summary"]);
});

test("a condition looks at the dependencies that a selection selects", () => {
  const slow = asset("slow", { tags: { pace: "slow" } }, () => 1);
  const [onlyRaw, notSlow] = [
    automation.allowDeps(automation.anyDepsUpdated(), "group:raw"),
    automation.ignoreDeps(automation.anyDepsUpdated(), "tag:pace=slow"),
  ];
  const raw = asset("raw", { group: "raw" }, () => 1);
  const left = asset("left", { after: [slow, raw], automationCondition: onlyRaw }, () => 1);
  const right = asset("right", { after: [slow, raw], automationCondition: notSlow }, () => 1);
  const other = asset("other", { after: [slow, orders], automationCondition: onlyRaw }, () => 1);
  const instance = automationInstance({ now });
  const assets = [slow, raw, left, right, other];
  evaluateAutomation(assets, instance);

  instance.advance(60);
  instance.materialize(slow);
  instance.materialize(orders);
  expect(evaluateAutomation(assets, instance).requested).toEqual([]);
  instance.advance(60);
  instance.materialize(raw);
  expect(evaluateAutomation(assets, instance).requested.toSorted()).toEqual(["left", "right"]);
});

test("a job is launched by its own condition, which asks for its root assets", () => {
  const first = asset("first", { deps: [orders] }, () => 1);
  const second = asset("second", { deps: [first] }, () => 2);
  const both = job("both", {
    selection: [first, second],
    automationCondition: automation.anyJobRootAssetsMatch(automation.anyDepsUpdated()),
  });
  const instance = automationInstance({ now });
  evaluateAutomation([second], instance, { jobs: [both] });

  instance.advance(60);
  instance.materialize(first);
  expect(evaluateAutomation([second], instance, { jobs: [both] }).requestedJobs).toEqual([]);
  instance.materialize(orders);
  expect(evaluateAutomation([second], instance, { jobs: [both] })).toMatchObject({
    requested: [],
    requestedJobs: ["both"],
  });
});

test("a condition that makes no sense is refused at the definition's place", () => {
  expect(() => asset("a", { automationCondition: automation.onCron("9 oclock") }, () => 1)).toThrow(
    /asset "a" \(.*evaluate-automation\.test\.ts:\d+\).*cron/,
  );
  const odd = automation.cronTickPassed("0 9 * * *", "Europe/Atlantis");
  expect(() => assetCheck("valid", { asset: orders, automationCondition: odd }, () => true)).toThrow(
    /asset check "orders:valid" \(.*Europe\/Atlantis/,
  );
});

test("what an instance can't have been told, and what was not evaluated, is refused", () => {
  const letters = asset("letters", { partitions: staticPartitions(["a", "b"]) }, () => 1);
  const tell = (target: typeof orders | typeof letters, partitionKey?: string) => (): unknown => {
    const instance = automationInstance({ now });
    instance.materialize(target, partitionKey === undefined ? {} : { partitionKey });
    return evaluateAutomation([orders, letters], instance);
  };

  expect(tell(orders, "a")).toThrow('Asset "orders" has no partitions, but');
  expect(tell(letters)).toThrow('Asset "letters" is partitioned, but');
  expect(tell(letters, "z")).toThrow('Asset "letters" has no partition "z"');
  expect(() => automationInstance({ now: new Date("soon") })).toThrow(
    "automationInstance({ now }) is no date",
  );
  expect(() => evaluateAutomation([undefined as never], automationInstance({ now }))).toThrow(
    /assets\[0\] must be of kind asset, but is undefined/,
  );
  expect(() => evaluateAutomation([orders], undefined as never)).toThrow(
    "needs an instance: make one with automationInstance({ now })",
  );
  expect(() => evaluateAutomation([orders], automationInstance({ now }), { check: [] } as never)).toThrow(
    'evaluateAutomation has no option "check": its options are checks, jobs',
  );
  expect(() => automationInstance({ now }).materialize(letters, { partition: "a" } as never)).toThrow(
    'materialize has no option "partition": its options are partitionKey',
  );
  const result = evaluateAutomation([orders], automationInstance({ now }));
  expect(() => result.isRequested(letters)).toThrow('Asset "letters" was not evaluated');
  expect(() => result.isRequested(orders, "a")).toThrow('Asset "orders" has no partitions');
});
