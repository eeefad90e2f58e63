import { expect, test } from "vitest";
import type { DefinedInstigator, InstigatorRule } from "./instigator-rule.ts";
import { planInstigators, type KnownInstigator, type PlannedInstigator } from "./plan-instigators.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2024-05-01T10:20:00Z");
const TOP_OF_HOUR = Date.parse("2024-05-01T11:00:00Z");

function hourly(change: Partial<InstigatorRule> = {}): InstigatorRule {
  return {
    kind: "schedule",
    cron: ["0 * * * *"],
    timezone: "UTC",
    catchup: "latest",
    launches: null,
    ...change,
  } as InstigatorRule;
}

function define(name: string, change: Partial<DefinedInstigator> = {}): DefinedInstigator {
  return { name, renamedFrom: [], runningByDefault: true, rule: hourly(), problem: null, ...change };
}

/** One that has ticked for a day, and of which the last tick is yet to be decided. */
function knownAs(name: string, change: Partial<KnownInstigator> = {}): KnownInstigator {
  return {
    id: `id of ${name}`,
    kind: "schedule",
    name,
    keyName: name,
    rule: hourly(),
    problem: null,
    runningByDefault: true,
    switched: null,
    runningSince: NOW - 24 * HOUR,
    decidedUpTo: TOP_OF_HOUR - 2 * HOUR,
    nextDue: TOP_OF_HOUR - HOUR,
    lastTickAt: TOP_OF_HOUR - 2 * HOUR,
    ...change,
  };
}

function planOne(
  known: readonly KnownInstigator[],
  defined: readonly DefinedInstigator[],
): PlannedInstigator {
  const [planned] = planInstigators(known, defined, NOW);
  if (planned === undefined) throw new Error("Nothing is planned");
  return planned;
}

const FROM_NOW_ON = { decidedUpTo: NOW, nextDue: TOP_OF_HOUR };

test("what is defined as before goes on, also with ticks that were due meanwhile", () => {
  const known = knownAs("nightly");
  expect(planOne([known], [define("nightly")])).toMatchObject({
    id: known.id,
    decidedUpTo: known.decidedUpTo,
    nextDue: known.nextDue,
    runningSince: known.runningSince,
  });
});

test.each([
  ["is new", null, define("nightly")],
  [
    "ticks at other times",
    knownAs("nightly", { rule: hourly({ cron: ["*/7 * * * *"] }) }),
    define("nightly"),
  ],
  [
    "ticks in another zone",
    knownAs("nightly", { rule: hourly({ timezone: "Asia/Tokyo" }) }),
    define("nightly"),
  ],
  ["comes back", knownAs("nightly", { rule: null, runningSince: null, nextDue: null }), define("nightly")],
  [
    "runs by default now",
    knownAs("nightly", { runningByDefault: false, runningSince: null, nextDue: null }),
    define("nightly"),
  ],
])("a schedule that %s ticks from now on: its past is not made up for", (_what, known, defined) => {
  expect(planOne(known === null ? [] : [known], [defined])).toMatchObject(FROM_NOW_ON);
});

test.each([
  ["a definition that says so", {}, define("s", { runningByDefault: false })],
  ["a switch by hand", { switched: "stopped" as const }, define("s")],
  ["a definition that can't tick", {}, define("s", { problem: "there is no 30 February" })],
])("%s stops it", (_what, change, defined) => {
  expect(planOne([knownAs("s", change)], [defined])).toMatchObject({ runningSince: null, nextDue: null });
});

test("a switch by hand outlives definitions that say something else", () => {
  const known = knownAs("s", { switched: "running" });
  expect(planOne([known], [define("s", { runningByDefault: false })]).nextDue).toBe(known.nextDue);
});

test("a renamed one goes on under its new name, with the keys of its runs", () => {
  const known = knownAs("old");
  expect(planInstigators([known], [define("new", { renamedFrom: ["older", "old"] })], NOW)).toMatchObject([
    { id: known.id, name: "new", keyName: "old", nextDue: known.nextDue },
  ]);
});

test("a name that is defined is nobody's former name, and run keys of two never meet", () => {
  const known = [knownAs("a", { name: "b" })];
  const planned = planInstigators(known, [define("a", { renamedFrom: ["b"] }), define("b")], NOW);
  expect(planned).toMatchObject([
    { id: null, name: "a", keyName: "a#2" },
    { id: "id of a", name: "b", keyName: "a" },
  ]);
});

test("what is not defined any more is never due and stays known", () => {
  expect(planInstigators([knownAs("gone")], [], NOW)).toMatchObject([
    { name: "gone", rule: null, nextDue: null, runningSince: null },
  ]);
  expect(planInstigators([knownAs("gone", { rule: null })], [], NOW)).toEqual([]);
});

test("a sensor is first evaluated at once, then an interval after the last time", () => {
  const rule = { kind: "sensor", intervalSeconds: 60, timeoutSeconds: 300, watch: null } as const;
  const sensor = { kind: "sensor", rule: { ...rule, intervalSeconds: 30 } } as const;
  const defined = define("s", { rule });
  expect(planOne([], [defined]).nextDue).toBe(NOW);
  expect(planOne([knownAs("s", { ...sensor, lastTickAt: NOW - 5_000 })], [defined]).nextDue).toBe(
    NOW + 55_000,
  );
  expect(planOne([knownAs("s", { ...sensor, lastTickAt: NOW - HOUR })], [defined]).nextDue).toBe(NOW);
});
