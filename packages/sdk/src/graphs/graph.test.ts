import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { DefinitionError } from "../definition/definition-error.ts";
import { job } from "../jobs/job.ts";
import { op } from "./op.ts";
import { dynamicOutput, output } from "./op-outputs.ts";
import { resource } from "../resources/resource.ts";
import { executeJob } from "../testing/execute.ts";
import { graph } from "./graph.ts";
import type { Handle, ManyHandle } from "./handle.ts";

const two = op("two", async () => 2);
const words = op("words", async () => ["a", "b"]);
const add = op("add", async (_context, a: number, b: number) => a + b);
const total = op("total", async (_context, numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + number, 0),
);
const numbers = op("numbers", { dynamic: true }, async () => Object.entries({ x: 1, y: 2, z: 3 }));
const twice = op("twice", async (_context, number: number) => number * 2);

test("edges between ops are typed", () => {
  job("typed", () => {
    expectTypeOf(two()).toEqualTypeOf<Handle<number>>();
    expectTypeOf(numbers()).toEqualTypeOf<ManyHandle<number>>();
    expectTypeOf(numbers().map(twice).collect()).toEqualTypeOf<Handle<number[]>>();
    add(two(), two());
    total([two(), two()]);
    // @ts-expect-error words are not numbers
    add(two(), words());
    // @ts-expect-error an input is missing
    expect(add(two())).toBeDefined();
    // @ts-expect-error words are not numbers, in lists neither
    total([two(), words()]);
    // @ts-expect-error many values must be mapped or collected
    expect(() => twice(numbers())).not.toThrow();
  });
});

test("config, resources and outputs of ops are typed", () => {
  const db = resource("db", { setup: () => ({ rows: 3 }) });
  const outputs = { rows: output<number>(), files: dynamicOutput<string>() };
  const load = op(
    "load",
    { config: z.object({ table: z.string() }), resources: { db }, outputs },
    async (context) => {
      expectTypeOf(context.config).toEqualTypeOf<{ table: string }>();
      return { rows: context.resources.db.rows, files: new Map([["a", context.config.table]]) };
    },
  );
  job("typed", () => {
    expectTypeOf(load()).toEqualTypeOf<{
      readonly rows: Handle<number>;
      readonly files: ManyHandle<string>;
    }>();
  });
  // @ts-expect-error `rows` is missing
  op("wrong", { outputs }, async () => ({ files: [] }));
});

test("graphs nest, and their steps are named after them", async () => {
  const addThree = graph("add_three", (a: Handle<number>, b: Handle<number>, c: Handle<number>) =>
    add(add(a, b), c),
  );
  const sums = graph("sums", (value: Handle<number>) => ({
    three: addThree(value, value, value),
    once: twice(value),
  }));
  const nested = job("nested", () => {
    const { three, once } = sums(two());
    add(three, once);
  });

  const result = await executeJob(nested);

  expect(
    result
      .eventsOf("STEP_SUCCESS")
      .map((event) => event.stepKey)
      .sort(),
  ).toEqual(["add", "sums.add_three.add", "sums.add_three.add_2", "sums.twice", "two"]);
  expect(result.output("add")).toBe(10);
});

test("a graph can be mapped over, collect inside, and return many values", async () => {
  const four = graph("four", (value: Handle<number>) => twice(twice(value)));
  const everyTwice = graph("every_twice", () => numbers().map(twice));
  const mapped = job("mapped", () => {
    total.with({ alias: "of_fours" })(numbers().map(four).collect());
    total.with({ alias: "of_twos" })(everyTwice().collect());
  });

  const result = await executeJob(mapped);

  expect(result.output("of_fours")).toBe(24);
  expect(result.output("of_twos")).toBe(12);
  expect(result.output("four.twice_2[z]")).toBe(12);
});

test("what only has to come first is not loaded", async () => {
  const order: string[] = [];
  const log = (name: string) => op(name, async () => void order.push(name));
  const ordered = job("ordered", () => {
    const last = log("last");
    const first = log("first")();
    last.with({ after: [first] })();
  });

  const result = await executeJob(ordered);

  expect(order).toEqual(["first", "last"]);
  expect(result.eventsOf("LOADED_INPUT")).toEqual([]);
});

test("an op can not be called outside a body, and a body must not be async", () => {
  expect(() => two()).toThrow(DefinitionError);
  expect(() => job("async", async () => two())).toThrow(/must not be async/);
  expect(() => job("twice", () => void [two.with({ alias: "a" })(), two.with({ alias: "a" })()])).toThrow(
    /alias "a"/,
  );
});
