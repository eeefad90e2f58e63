import { describe, expect, test } from "vitest";
import { toHoldName } from "./hold.ts";
import { createQueueUsage, type ActiveRun, type QueueRules, type RunInQueue } from "./queue-usage.ts";
import { selectRunnable, type Candidate } from "./select-runnable.ts";

const unlimited: QueueRules = {
  maxConcurrentRuns: 100,
  tagConcurrencyLimits: [],
  queueOrder: "strict",
  poolGranularity: "op",
  poolDefaultLimit: null,
  poolLimits: new Map(),
  heldSlots: new Map(),
  nextInLine: new Map(),
  pausedLocations: new Set(),
};
const run = (id: string, change: Partial<RunInQueue> = {}): RunInQueue => ({
  id,
  locationName: "shop",
  priority: 0,
  queuedAt: 0,
  tags: {},
  pools: null,
  ...change,
});
const active = (change: Partial<ActiveRun> = {}): ActiveRun => ({
  locationName: "shop",
  tags: {},
  pools: null,
  isStarting: false,
  ...change,
});

function select(
  queued: readonly RunInQueue[],
  holders: readonly ActiveRun[],
  rules: Partial<QueueRules>,
): string[] {
  const usage = createQueueUsage(holders, { ...unlimited, ...rules });
  return selectRunnable(queued, usage).runnable.map(({ id }) => id);
}

describe("the order of the queue", () => {
  test("higher priority first, then the order of submission, then the id", () => {
    const queued = [
      run("d", { queuedAt: 2 }),
      run("b", { queuedAt: 1 }),
      run("a", { queuedAt: 1 }),
      run("c", { priority: 1, queuedAt: 9 }),
    ];

    expect(select(queued, [], {})).toEqual(["c", "a", "b", "d"]);
  });
});

describe("a fair order", () => {
  const at = (id: string, locationName: string, change: Partial<Candidate> = {}): Candidate => ({
    ...run(id, { locationName, queuedAt: Number(id) }),
    ...change,
  });
  const fair = { queueOrder: "fair" as const };

  test("of equal priority, the location with the fewest runs goes first, counting those that have just taken room", () => {
    const queued = [at("1", "a"), at("2", "a"), at("3", "a"), at("4", "b"), at("5", "b"), at("6", "c")];

    expect(select(queued, [], fair)).toEqual(["1", "4", "6", "2", "5", "3"]);
    const holders = [active({ locationName: "a" }), active({ locationName: "a" })];
    expect(select(queued, holders, { ...fair, maxConcurrentRuns: 5 })).toEqual(["4", "6", "5"]);
    expect(select(queued, holders, { maxConcurrentRuns: 5 })).toEqual(["1", "2", "3"]);
  });

  test("a higher priority goes first whosever turn it is, and a run that is held back costs its location no turn", () => {
    const holders = [active({ locationName: "a" })];
    const queued = [at("1", "b"), at("2", "a", { priority: 1 }), at("3", "a"), at("4", "c"), at("5", "b")];

    expect(select(queued, holders, fair)).toEqual(["2", "1", "4", "5", "3"]);
    expect(select(queued, holders, { ...fair, pausedLocations: new Set(["b"]) })).toEqual(["2", "4", "3"]);
  });

  test("where runs may be hidden behind the last one of a location, another pass goes on", () => {
    const queued = [at("1", "a", { mayHideOthers: true }), at("2", "b"), at("3", "b")];

    expect(select(queued, [active({ locationName: "b" })], fair)).toEqual(["1"]);
  });
});

describe("the limit of the deployment", () => {
  const queued = [run("a"), run("b"), run("c")];

  test.each([
    [3, 0, ["a", "b", "c"]],
    [3, 1, ["a", "b"]],
    [3, 3, []],
    [1, 5, []],
    [0, 0, []],
  ])("%s at once, %s active: %j", (maxConcurrentRuns, count, expected) => {
    const holders = Array.from({ length: count }, () => active());

    expect(select(queued, holders, { maxConcurrentRuns })).toEqual(expected);
  });
});

describe("limits for tags", () => {
  const customer = (value: string) => ({ tags: { customer: value } });

  test("a run that is held back lets those behind it pass", () => {
    const rules = {
      tagConcurrencyLimits: [{ key: "customer", value: "x", perUniqueValue: false, limit: 1 }],
    };
    const queued = [run("a", customer("x")), run("b", customer("x")), run("c", customer("y")), run("d")];

    expect(select(queued, [], rules)).toEqual(["a", "c", "d"]);
    expect(select(queued, [active(customer("x"))], rules)).toEqual(["c", "d"]);
  });

  test("a limit without a value counts all values together, or each for itself", () => {
    const queued = [run("a", customer("x")), run("b", customer("y")), run("c", customer("x"))];
    const limit = { key: "customer", value: null, limit: 1 };
    const limited = (perUniqueValue: boolean) => ({ tagConcurrencyLimits: [{ ...limit, perUniqueValue }] });

    expect(select(queued, [], limited(false))).toEqual(["a"]);
    expect(select(queued, [], limited(true))).toEqual(["a", "b"]);
  });

  test("every limit that applies must have room, and two that count the same runs count each run once", () => {
    const tagConcurrencyLimits = [
      { key: "customer", value: null, perUniqueValue: true, limit: 2 },
      { key: "customer", value: "x", perUniqueValue: false, limit: 3 },
      { key: "heavy", value: "true", perUniqueValue: false, limit: 1 },
    ];
    const heavy = { tags: { customer: "x", heavy: "true" } };
    const light = { tags: { customer: "x" } };

    expect(select([run("a", heavy), run("b", heavy), run("c", light)], [], { tagConcurrencyLimits })).toEqual(
      ["a", "c"],
    );
  });
});

describe("pools", () => {
  const needs = (first: Readonly<Record<string, number>>, later: readonly string[] = []) => ({
    pools: { all: [...Object.keys(first), ...later].toSorted(), first, startsFreely: false },
  });
  const rules = { poolLimits: new Map([["db", 2]]), poolDefaultLimit: 1 };

  test("of steps, a run waits while none of those it begins with could get a slot", () => {
    const queued = [
      run("a", needs({ db: 2 })),
      run("b", needs({ db: 1 })),
      run("c", needs({ db: 1, api: 1 })),
    ];

    expect(select(queued, [], rules)).toEqual(["a", "c"]);
    expect(select(queued, [active(needs({ db: 2 }))], rules)).toEqual(["a", "c"]);
    expect(select(queued, [active({ ...needs({ db: 2 }), isStarting: true })], rules)).toEqual(["c"]);
    expect(
      select(queued, [], {
        ...rules,
        heldSlots: new Map([
          ["db", 1],
          ["api", 1],
        ]),
      }),
    ).toEqual(["a"]);
  });

  test("of steps, a run goes before later ones that stand in line for a full pool, when nobody else is about to", () => {
    const full = { ...rules, heldSlots: new Map([["db", 2]]) };
    const behind = { ...full, nextInLine: new Map([["db", { priority: 0, queuedAt: 5 }]]) };
    const [a, b, c] = [1, 2, 9].map((queuedAt) =>
      run(`queued at ${queuedAt}`, { queuedAt, ...needs({ db: 1 }) }),
    );
    const queued = [a, b, c].filter((each) => each !== undefined);

    expect(select(queued, [], full)).toEqual([]);
    expect(select(queued, [], behind)).toEqual(["queued at 1"]);
    expect(select(queued, [active({ ...needs({ db: 1 }), isStarting: true })], behind)).toEqual([]);
    expect(select(queued.slice(2), [], behind)).toEqual([]);
    expect(select([run("urgent", { queuedAt: 9, priority: 1, ...needs({ db: 1 }) })], [], behind)).toEqual([
      "urgent",
    ]);
    const urgent = { ...full, nextInLine: new Map([["db", { priority: 1, queuedAt: 5 }]]) };
    expect(select(queued, [], urgent)).toEqual([]);
    expect(
      select(queued, [], { ...behind, poolGranularity: "run", poolDefaultLimit: 0, poolLimits: new Map() }),
    ).toEqual([]);
  });

  test("of runs, each that has a step of the pool takes one slot, whatever its steps do", () => {
    const counted = { ...rules, poolGranularity: "run" as const };
    const queued = [run("a", needs({ db: 5 })), run("b", needs({}, ["db"])), run("c", needs({ db: 1 }))];

    expect(select(queued, [], counted)).toEqual(["a", "b"]);
    expect(select(queued, [active(needs({}, ["db"]))], counted)).toEqual(["a"]);
  });

  test("without a default, a pool that nobody limited has no limit", () => {
    const queued = [run("a", needs({ api: 9 })), run("b", needs({ api: 9 }))];

    expect(select(queued, [], {})).toEqual(["a", "b"]);
    expect(select(queued, [], { poolDefaultLimit: 0 })).toEqual([]);
  });
});

test("runs of a paused location wait, those of others pass", () => {
  const queued = [run("a"), run("b", { locationName: "depot" })];

  expect(select(queued, [], { pausedLocations: new Set(["shop"]) })).toEqual(["b"]);
});

describe("what has held runs back", () => {
  const each = { key: "customer", value: null, perUniqueValue: true, limit: 1 };
  const x = { tags: { customer: "x" } };
  const pooled = { pools: { all: ["api", "db"], first: { api: 1, db: 1 }, startsFreely: false } };

  test.each<[string, Partial<QueueRules>, Partial<RunInQueue>]>([
    ["a tag", { tagConcurrencyLimits: [each] }, x],
    ["all values of a tag", { tagConcurrencyLimits: [{ ...each, perUniqueValue: false }] }, x],
    [
      "pools of steps",
      {
        poolDefaultLimit: 1,
        heldSlots: new Map([
          ["api", 1],
          ["db", 1],
        ]),
      },
      pooled,
    ],
    ["a pool of runs", { poolDefaultLimit: 1, poolGranularity: "run" }, pooled],
    ["a location", { pausedLocations: new Set(["shop"]) }, {}],
  ])("%s holds the same runs until there is room, and is not taken for anything else", (_, rules, change) => {
    const full = createQueueUsage([active(change)], { ...unlimited, ...rules });
    const hold = full.take(run("a", change));
    if (hold === null || hold.kind === "deployment") throw new Error("nothing holds the run back");
    const name = toHoldName(hold);

    expect(full.isHolding(name)).toBe(true);
    expect(createQueueUsage([], unlimited).isHolding(name)).toBe(false);
    expect(createQueueUsage([active(change)], unlimited).isHolding(name)).toBe(false);
  });

  test("a full pool does not hold for certain where later runs stand in line for it", () => {
    const name = toHoldName({ kind: "pools", granularity: "op", pools: ["db"] });
    const full = { ...unlimited, poolDefaultLimit: 0 };
    const behind = { ...full, nextInLine: new Map([["db", { priority: 0, queuedAt: 5 }]]) };

    expect(createQueueUsage([], full).isHolding(name)).toBe(true);
    expect(createQueueUsage([], behind).isHolding(name)).toBe(false);
  });

  test("another way to count, and a name of another version, hold nothing", () => {
    const name = toHoldName({ kind: "pools", granularity: "op", pools: ["db"] });
    const counted = { ...unlimited, poolDefaultLimit: 0, poolGranularity: "run" as const };

    expect(createQueueUsage([], counted).isHolding(name)).toBe(false);
    expect(createQueueUsage([], counted).isHolding('["moon",1]')).toBe(false);
  });
});
