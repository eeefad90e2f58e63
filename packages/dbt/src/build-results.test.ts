import { describe, expect, test } from "vitest";
import { buildResults } from "./build-results.ts";
import type { FinishedNode } from "./dbt-log.ts";
import { testsOf } from "./dbt-tests.ts";
import { explainFailure } from "./explain-failure.ts";
import { smallProject } from "./test-project.ts";

const ORDERS = "model.small.orders";
const REVENUE = "model.small.revenue";
const UNIQUE = "test.small.unique_orders_id.1360ecc70e";
const WANTED = new Map([
  ["orders", ORDERS],
  ["revenue", REVENUE],
]);

/** What a build says of both tables, of which these nodes have ended so. */
function built(nodes: readonly Partial<FinishedNode>[], exitCode: number | null) {
  const { manifest } = smallProject();
  const tests = testsOf(manifest, (id) => [...WANTED.values()].includes(id));
  const finished = new Map(
    nodes.map((node) => {
      const whole = { id: "", status: "", message: "", seconds: 1, failures: null, response: {}, ...node };
      return [whole.id, whole];
    }),
  );
  const { made, notMade } = buildResults(WANTED, tests, finished);
  const outcome = { exitCode, output: "the end of what dbt printed" };
  return { made, why: explainFailure({ manifest, wanted: WANTED, tests, finished, notMade, outcome }) };
}

describe("a build of which", () => {
  test("all is made succeeds, with what the adapter says in numbers and texts", () => {
    const response = { _message: "OK", rows_affected: 7, bytes_processed: 100, code: "MERGE", nested: {} };

    const { made, why } = built(
      [
        { id: ORDERS, status: "success", response },
        { id: REVENUE, status: "success" },
      ],
      0,
    );

    expect(why).toBeNull();
    expect(made["orders"]?.metadata).toEqual({
      execution_seconds: 1,
      rows_affected: 7,
      bytes_processed: 100,
      code: "MERGE",
    });
  });

  test("a test fails, which stopped nothing, leaves it to the check to tell", () => {
    const fails = { id: UNIQUE, status: "fail", message: "Got 2 results", failures: 2 };

    const { made, why } = built(
      [{ id: ORDERS, status: "success" }, { id: REVENUE, status: "success" }, fails],
      1,
    );

    expect(why).toBeNull();
    expect(made["orders"]?.checks).toEqual({
      unique_orders_id: {
        passed: false,
        severity: "ERROR",
        metadata: { execution_seconds: 1, failures: 2, message: "Got 2 results" },
      },
    });
  });

  test("a test fails says what was skipped for it", () => {
    const fails = { id: UNIQUE, status: "fail", message: "Got 2 results" };

    const { made, why } = built(
      [{ id: ORDERS, status: "success" }, fails, { id: REVENUE, status: "skipped" }],
      1,
    );

    expect(Object.keys(made)).toEqual(["orders"]);
    expect(why).toBe(
      "Tests that did not pass: unique_orders_id: Got 2 results\nSkipped, because of what they are made from: revenue",
    );
  });

  test("a test can't run has a check that did not pass, and of one that was skipped nothing is said", () => {
    const evaluate = (status: string) =>
      built(
        [
          { id: ORDERS, status: "success" },
          { id: UNIQUE, status },
        ],
        1,
      ).made["orders"]?.checks;

    expect(evaluate("error")).toMatchObject({ unique_orders_id: { passed: false, severity: "ERROR" } });
    expect(evaluate("warn")).toMatchObject({ unique_orders_id: { passed: false, severity: "WARN" } });
    expect(evaluate("skipped")).toEqual({});
  });

  test("dbt ends in the middle, or fails after all was made, shows the end of its output", () => {
    const all = [
      { id: ORDERS, status: "success" },
      { id: REVENUE, status: "success" },
    ];

    expect(built(all.slice(0, 1), 2).why).toBe(
      "dbt ended with exit code 2 before it had made revenue:\nthe end of what dbt printed",
    );
    expect(built([], null).why).toMatch(/^dbt was ended by a signal before it had made orders, revenue/);
    expect(built(all, 1).why).toMatch(/^dbt ended with exit code 1 after it had made everything/);
  });
});
