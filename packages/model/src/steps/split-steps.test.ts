import { describe, expect, test } from "vitest";
import { createRandom } from "./random-case.ts";
import {
  InseparableSteps,
  splitSteps,
  type StepMember,
  type StepPart,
  type StepWait,
} from "./split-steps.ts";

const member = (key: string, stepKey: string, ...upstream: string[]): StepMember => ({
  key,
  stepKey,
  likeness: "",
  upstream,
});
const split = (
  members: readonly StepMember[],
  splits: readonly string[],
  taken: readonly string[] = [],
): [string, ...string[]][] =>
  splitSteps(
    members,
    (stepKey) => splits.includes(stepKey),
    (key) => taken.includes(key),
  ).map((part) => [part.key, ...part.members]);

describe("a step is cut only where something comes between", () => {
  test("a step with nothing between its members stays whole, each after what it depends on", () => {
    const members = [member("a", "dbt", "raw", "b"), member("b", "dbt", "raw"), member("raw", "raw")];

    expect(split(members, ["dbt"])).toEqual([
      ["raw", "raw"],
      ["dbt", "b", "a"],
    ]);
  });

  test("stg → model → mart: the step is called before and after the model, and takes along what it can", () => {
    const members = [
      member("mart", "dbt", "model", "stg"),
      member("model", "model", "stg"),
      member("other", "dbt", "stg"),
      member("stg", "dbt"),
    ];

    expect(split(members, ["dbt"])).toEqual([
      ["dbt", "stg", "other"],
      ["model", "model"],
      ["dbt_2", "mart"],
    ]);
  });

  test("two steps that depend on each other twice: one of them is cut", () => {
    const members = [member("c1", "c"), member("c2", "c", "d2"), member("d1", "d", "c1"), member("d2", "d")];

    expect(split(members, ["c", "d"])).toEqual([
      ["c", "c1"],
      ["d", "d2", "d1"],
      ["c_2", "c2"],
    ]);
  });

  test("members that one call can't make are made one after the other", () => {
    const members = [
      { ...member("days", "dbt"), likeness: "daily" },
      { ...member("weeks", "dbt", "days"), likeness: "weekly" },
    ];

    expect(split(members, ["dbt"])).toEqual([
      ["dbt", "days"],
      ["dbt_2", "weeks"],
    ]);
    expect(split(members, [])).toEqual([["dbt", "days", "weeks"]]);
  });
});

test("a further part takes no name that another step has", () => {
  const members = [member("a", "dbt"), member("x", "x", "a"), member("b", "dbt", "x"), member("o", "dbt_2")];

  expect(split(members, ["dbt"], ["dbt", "dbt_2", "x"]).map(([key]) => key)).toEqual([
    "dbt_2",
    "dbt",
    "x",
    "dbt_3",
  ]);
});

test("steps that can't be cut and wait for each other are named as a circle", () => {
  const members = [
    member("first", "first"),
    member("stg", "dbt", "first"),
    member("model", "model", "stg"),
    member("mart", "dbt", "model"),
  ];

  const refused = (): unknown => split(members, []);

  expect(refused).toThrow(InseparableSteps);
  expect(refused).toThrow('"mart" of dbt ← "model", "model" of model ← "stg"');
});

test("random graphs: whatever is made comes after what it depends on, once, in parts of one step and kind", () => {
  const cases = Array.from({ length: 300 }, (_, seed) => createCase(seed + 1));

  expect(cases.flatMap(listProblems)).toEqual([]);
  expect(new Set(cases.map(({ parts }) => parts !== null))).toEqual(new Set([true, false]));
});

interface Case {
  readonly members: readonly StepMember[];
  readonly canSplit: (stepKey: string) => boolean;
  /** Null: they were refused, as `circle` says. */
  readonly parts: readonly StepPart[] | null;
  readonly circle: readonly StepWait[];
}

function createCase(seed: number): Case {
  const random = createRandom(seed);
  const steps = ["p", "q", "r", "s", "t"];
  const splits = new Set(steps.filter(() => random() < 0.6));
  const members = Array.from({ length: 14 }, (_, index): StepMember => {
    const earlier = Array.from({ length: index }, (_none, each) => `m${each}`);
    return {
      key: `m${index}`,
      stepKey: steps[Math.floor(random() * steps.length)] ?? "p",
      likeness: random() < 0.2 ? "other" : "",
      upstream: earlier.filter(() => random() < 0.15),
    };
  });
  const canSplit = (stepKey: string): boolean => splits.has(stepKey);
  try {
    const parts = splitSteps(members, canSplit, () => false);
    return { members, canSplit, parts, circle: [] };
  } catch (error) {
    if (!(error instanceof InseparableSteps)) throw error;
    return { members, canSplit, parts: null, circle: error.circle };
  }
}

function listProblems({ members, canSplit, parts, circle }: Case): string[] {
  if (parts === null) {
    const wrong = circle.filter(({ member: waiting, upstream }, index) => {
      const next = circle[(index + 1) % circle.length]?.member;
      return !waiting.upstream.includes(upstream.key) || next?.stepKey !== upstream.stepKey;
    });
    const isNeedless = circle.every(({ member: waiting }) => canSplit(waiting.stepKey));
    return [...wrong.map((wait) => JSON.stringify(wait)), ...(isNeedless ? ["could have been cut"] : [])];
  }
  const byKey = new Map(members.map((each) => [each.key, each]));
  const made = new Set<string>();
  const problems: string[] = [];
  for (const part of parts) {
    for (const key of part.members) {
      const own = byKey.get(key);
      if (own?.stepKey !== part.stepKey) problems.push(`${key} is made by ${part.key}`);
      if (own?.upstream.some((each) => !made.has(each)) === true) problems.push(`${key} comes too early`);
      made.add(key);
    }
    const kinds = new Set(part.members.map((key) => byKey.get(key)?.likeness));
    if (canSplit(part.stepKey) && kinds.size > 1) problems.push(`${part.key} makes what is not alike`);
  }
  const whole = parts.filter(({ stepKey }) => !canSplit(stepKey)).map(({ stepKey }) => stepKey);
  if (new Set(whole).size < whole.length) problems.push("a step that can't be cut was");
  if (made.size !== members.length) problems.push("not everything is made");
  const shuffled = members.toSorted((a, b) => (a.key.at(-1) ?? "").localeCompare(b.key.at(-1) ?? ""));
  const again = splitSteps(shuffled, canSplit, () => false);
  if (JSON.stringify(again) !== JSON.stringify(parts)) problems.push("another order gives other parts");
  return problems;
}
