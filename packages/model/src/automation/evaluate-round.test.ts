import { describe, expect, test } from "vitest";
import { isEmptySubset } from "../partitions/subset.ts";
import type { AutomationAsset } from "./asset-state-view.ts";
import { withJobs } from "./automation-job.ts";
import { planAutomation, type AutomationPlan } from "./automation-plan.ts";
import * as build from "./build-condition.ts";
import type { AutomationCondition } from "./condition.ts";
import type { AutomationState } from "./cursor.ts";
import { resolveThroughVirtual } from "./edit-condition.ts";
import { evaluateRound } from "./evaluate-automation.ts";
import { testHistory, type TestHistory } from "./test-history.ts";

const MINUTE = 60_000;
const START = Date.parse("2024-02-10T08:00:00Z");

function asset(
  key: string,
  changes: Partial<AutomationAsset> & { readonly deps?: readonly string[] } = {},
): AutomationAsset {
  const { deps = [], ...rest } = changes;
  return {
    key,
    partitions: null,
    dependencies: deps.map((each) => ({ key: each })),
    condition: null,
    codeVersion: null,
    checks: [],
    isExternal: false,
    codeLocation: "main",
    job: null,
    executionSet: null,
    group: "default",
    tags: {},
    kinds: [],
    owners: [],
    isVirtual: false,
    freshnessPolicy: null,
    ...rest,
  };
}

const planOf = (...assets: readonly AutomationAsset[]): AutomationPlan =>
  planAutomation(new Map(assets.map((each) => [each.key, each])));

/** A deployment whose clock goes on a minute before each round, unless told otherwise. */
function deployment(first: AutomationPlan) {
  const history: TestHistory = testHistory();
  let state: AutomationState | null = null;
  let now = START;
  let plan = first;
  return {
    history,
    redefine: (next: AutomationPlan): void => void (plan = next),
    materialize: (key: string, run = true): void =>
      history.update(
        { asset: key, check: null },
        { partition: null, time: now, run: run ? { tags: {}, assets: new Set([key]) } : null },
      ),
    /** What was evaluated, and what of it was requested. */
    round: (minutes = 1): { readonly evaluated: string[]; readonly requested: string[] } => {
      now += minutes * MINUTE;
      const evaluated: string[] = [];
      const requested: string[] = [];
      state = evaluateRound(plan, history.view(plan.assets), state, now, ({ target, requested: subset }) => {
        const name = target.check === null ? target.asset : `${target.asset}:${target.check}`;
        evaluated.push(name);
        if (!isEmptySubset(subset)) requested.push(name);
      });
      return { evaluated, requested };
    },
  };
}

const quiet = { evaluated: [], requested: [] };

describe("what is left out", () => {
  const orders = asset("orders");
  const report = asset("report", { deps: ["orders"], condition: build.eager() });
  const other = asset("other", { condition: build.onMissing() });

  test("is what nothing has happened to, until something it looks at has changed", () => {
    const { round, materialize } = deployment(planOf(orders, report, other));
    materialize("report");
    materialize("other");
    expect(round().evaluated).toEqual(["report", "other"]);
    round();
    expect(round()).toEqual(quiet);

    materialize("orders");
    expect(round()).toEqual({ evaluated: ["report"], requested: ["report"] });
    materialize("report");
    round();
    round();
    expect(round()).toEqual(quiet);
  });

  test("is evaluated when the clock alone brings something", () => {
    const hourly = asset("hourly", { condition: build.onCron("0 * * * *") });
    const { round } = deployment(planOf(hourly));
    round();
    round();
    expect(round(10)).toEqual(quiet);
    expect(round(50)).toEqual({ evaluated: ["hourly"], requested: ["hourly"] });
  });

  test("is evaluated once more when a definition has changed, and forgotten without its condition", () => {
    const { round, redefine, materialize } = deployment(planOf(orders, report, other));
    materialize("report");
    materialize("other");
    for (let count = 0; count < 3; count++) round();

    redefine(planOf(orders, report, { ...other, condition: build.operand("missing") }));
    expect(round().evaluated).toEqual(["report", "other"]);
    redefine(planOf(orders, { ...report, condition: null }, other));
    round();
    redefine(planOf(orders, report, other));
    materialize("orders");
    // As in a first evaluation, what was before is no news.
    expect(round()).toMatchObject({ requested: [] });
  });

  test("is nothing when the clock was turned back", () => {
    const { round } = deployment(planOf(orders, report, other));
    for (let count = 0; count < 4; count++) round();
    expect(round(-30).evaluated).toEqual(["report", "other"]);
  });
});

/** The requests of rounds before and after `happen`, of one asset `target` with a condition. */
function requestsOf(
  plan: AutomationPlan,
  happen: (world: ReturnType<typeof deployment>) => void,
  minutes = 1,
): [before: string[], after: string[]] {
  const world = deployment(plan);
  world.round();
  const before = world.round().requested;
  happen(world);
  return [before, world.round(minutes).requested];
}

describe("freshness", () => {
  const policy = { type: "time_window", failSeconds: 3600, warnSeconds: 1800 } as const;
  const rounds = (condition: AutomationCondition, ...minutes: readonly number[]): boolean[] => {
    const { round, materialize } = deployment(planOf(asset("a", { condition, freshnessPolicy: policy })));
    materialize("a");
    return minutes.map((each) => round(each).requested.length > 0);
  };

  test("becomes worse with time alone", () => {
    expect(rounds(build.operand("freshness_passed"), 1, 1, 30)).toEqual([true, true, false]);
    expect(rounds(build.operand("freshness_warned"), 1, 1, 30, 30)).toEqual([false, false, true, false]);
    expect(rounds(build.operand("freshness_failed"), 1, 1, 30, 30)).toEqual([false, false, false, true]);
  });

  test("holds neither way without a policy or before the first materialization", () => {
    const never = asset("never", { condition: build.operand("freshness_failed"), freshnessPolicy: policy });
    const without = asset("without", { condition: build.not(build.operand("freshness_passed")) });
    const { round } = deployment(planOf(never, without));
    expect(round(600).requested).toEqual(["without"]);
  });
});

test("an asset is requested when the condition of an asset downstream would hold for it", () => {
  const lazy = asset("lazy", { deps: ["orders"], condition: build.anyDownstreamConditions() });
  const between = asset("between", { deps: ["lazy"], condition: build.anyDownstreamConditions() });
  const report = asset("report", { deps: ["between"], condition: build.cronTickPassed("0 9 * * *") });
  const plan = planOf(asset("orders"), lazy, between, report);

  expect(requestsOf(plan, () => {}, 80)).toEqual([[], ["lazy", "between", "report"]]);
  const nobodyNeedsIt = planOf(asset("orders"), lazy, between, { ...report, condition: null });
  expect(requestsOf(nobodyNeedsIt, () => {}, 80)).toEqual([[], []]);
});

test("a virtual dependency is looked through where the condition says so", () => {
  const orders = asset("orders");
  const view = asset("view", { deps: ["orders"], isVirtual: true });
  const updated = build.anyDepsUpdated();
  const through = asset("through", { deps: ["view"], condition: resolveThroughVirtual(updated) });
  const plain = asset("plain", { deps: ["view"], condition: updated });

  expect(
    requestsOf(planOf(orders, view, through, plain), ({ materialize }) => materialize("orders")),
  ).toEqual([[], ["through"]]);
});

test("which dependencies a selection selects follows from the definitions of today", () => {
  const orders = asset("orders", { group: "raw" });
  const condition = build.anyDepsUpdated({ ignore: "group:raw" });
  const report = asset("report", { deps: ["orders"], condition });
  const world = deployment(planOf(orders, report));
  world.round();
  world.materialize("orders");
  expect(world.round().requested).toEqual([]);

  world.redefine(planOf({ ...orders, group: "clean" }, report));
  world.round();
  world.materialize("orders");
  expect(world.round().requested).toEqual(["report"]);
});

test("a check is requested by its own condition", () => {
  const check = {
    name: "valid",
    isBlocking: false,
    condition: build.anyDepsMatch(build.operand("newly_updated")),
  };

  expect(
    requestsOf(planOf(asset("orders", { checks: [check] })), ({ materialize }) => materialize("orders")),
  ).toEqual([[], ["orders:valid"]]);
});

test("assets that a step makes only together are requested together, whichever comes first", () => {
  const [left, right] = ["left", "right"].map((key) =>
    asset(key, {
      deps: key === "left" ? ["orders"] : [],
      executionSet: "both",
      condition: key === "left" ? build.anyDepsUpdated() : build.onCron("0 0 1 1 *"),
    }),
  );
  const reader = asset("reader", { deps: ["right"], condition: build.anyDepsUpdated() });
  if (!left || !right) throw new Error("there are two");

  for (const order of [
    [left, right],
    [right, left],
  ])
    expect(
      requestsOf(planOf(reader, ...order, asset("orders")), ({ materialize }) =>
        materialize("orders"),
      )[1].toSorted(),
    ).toEqual(["left", "reader", "right"]);
});

test("a job is requested by its own condition, which asks for its root assets", () => {
  const load = asset("load", { deps: ["orders"] });
  const report = asset("report", { deps: ["load"] });
  const assets = new Map([asset("orders"), load, report].map((each) => [each.key, each]));
  const job = (name: string, condition: AutomationCondition) => ({
    name,
    codeLocation: "main",
    condition,
    partitions: null,
    assets: ["report", "load"],
  });
  const updated = build.anyDepsUpdated();
  const plan = planAutomation(
    withJobs(assets, [
      job("any", build.anyJobRootAssetsMatch(updated)),
      job("all", build.allJobRootAssetsMatch(updated)),
      job("missing", build.newlyTrue(build.anyJobRootAssetsMatch(build.operand("missing")))),
    ]),
  );

  expect(requestsOf(plan, ({ materialize }) => materialize("orders"))).toEqual([
    [],
    ["job:main:any", "job:main:all"],
  ]);
  const ofAsset = planOf({ ...load, condition: build.allJobRootAssetsMatch(updated) }, asset("orders"));
  expect(requestsOf(ofAsset, ({ materialize }) => materialize("orders"))).toEqual([[], []]);
});

describe("a run that updated a dependency, was also to make the asset, and failed before it reached it", () => {
  const tenants = { type: "dynamic", name: "tenants" } as const;
  const p = { asset: "p", check: null };
  const c = { asset: "c", check: null };

  function world(partitions: typeof tenants | null) {
    const plan = planOf(
      asset("p", { partitions }),
      asset("c", { deps: ["p"], partitions, condition: build.eager() }),
    );
    const { history, round } = deployment(plan);
    const partition = partitions === null ? null : "acme";
    history.setDynamicKeys("tenants", ["acme"], ["p", "c"]);
    let time = START;
    /** A run of both, which makes only these. */
    const start = (...made: readonly (typeof p)[]) => {
      const run: { tags: {}; assets: Set<string>; failure: { event: number; time: number } | null } = {
        tags: {},
        assets: new Set(["p", "c"]),
        failure: null,
      };
      history.mark("inProgress", "c", partition ?? "", true);
      for (const target of made) history.update(target, { partition, time: time++, run });
      return {
        fail: () => {
          history.mark("inProgress", "c", partition ?? "", false);
          history.mark("failed", "c", partition ?? "", true);
          run.failure = { event: history.lastEvent(), time: time++ };
        },
      };
    };
    return { history, round: () => round().requested, start, partition, now: () => time++ };
  }

  test.each([[tenants], [null]])(
    "is answered by one request, whatever becomes of that (%j)",
    (partitions) => {
      const { history, round, start, partition, now } = world(partitions);
      for (const target of [p, c]) history.update(target, { partition, time: now(), run: null });
      expect(round()).toEqual([]);

      start(p).fail();
      expect([round(), round()]).toEqual([["c"], []]);

      // The run of that request is for it alone; it fails as well.
      history.mark("failed", "c", partition ?? "", true);
      expect([round(), round()]).toEqual([[], []]);

      history.update(p, { partition, time: now(), run: null });
      expect([round(), round()]).toEqual([["c"], []]);
    },
  );

  test("is answered when it has failed, not while it may still make the asset", () => {
    const { history, round, start, partition, now } = world(tenants);
    for (const target of [p, c]) history.update(target, { partition, time: now(), run: null });
    expect(round()).toEqual([]);

    const run = start(p);
    expect([round(), round()]).toEqual([[], []]);
    run.fail();
    expect([round(), round()]).toEqual([["c"], []]);
  });

  test("is answered although it came of a request of the round before", () => {
    const { history, round, start, partition, now } = world(tenants);
    for (const target of [p, c]) history.update(target, { partition, time: now(), run: null });
    expect(round()).toEqual([]);
    history.update(p, { partition, time: now(), run: null });
    expect(round()).toEqual(["c"]);

    start(p).fail();
    expect([round(), round()]).toEqual([["c"], []]);
  });

  test("needs no answer when it made the asset before it failed, or somebody else did after", () => {
    const { history, round, start, partition, now } = world(tenants);
    for (const target of [p, c]) history.update(target, { partition, time: now(), run: null });
    expect(round()).toEqual([]);

    start(p, c).fail();
    expect(round()).toEqual([]);
    start(p).fail();
    history.update(c, { partition, time: now(), run: null });
    expect(round()).toEqual([]);
  });
});

test("what is simply true asks for the same again half a minute later, however often it is looked at, and at once for more", () => {
  const { history, round } = deployment(planOf(asset("a", { condition: build.operand("missing") })));
  const SECOND = 1 / 60;
  expect(round().requested).toEqual(["a"]);
  for (let second = 1; second < 30; second++) {
    history.mark("inProgress", "a", "", second % 2 === 1);
    expect(round(SECOND).requested).toEqual([]);
  }
  expect(round(2 * SECOND).requested).toEqual(["a"]);
});
