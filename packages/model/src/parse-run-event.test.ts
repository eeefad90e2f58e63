import { describe, expect, test } from "vitest";
import { InvalidRunEvent, isKnownEvent, parseRunEvent } from "./parse-run-event.ts";

const base = { timestamp: 1_700_000_000_000.25, message: "m" };
const error = { name: "Error", message: "no", stack: null, cause: null };
const materialization = {
  ...base,
  type: "ASSET_MATERIALIZATION",
  stepKey: "orders",
  assetKey: "orders",
  partition: null,
  metadata: { rows: { type: "int", value: 3 } },
  tags: {},
  dataVersion: null,
};

describe("parseRunEvent", () => {
  test("an event that is nested deeper than anybody can store is refused, not followed to its end", () => {
    const deep: unknown = JSON.parse("[".repeat(5_000) + "]".repeat(5_000));
    let cause: object | null = null;
    for (let i = 0; i < 5_000; i++) cause = { ...error, cause };

    expect(() =>
      parseRunEvent({ ...materialization, metadata: { a: { type: "json", json: deep } } }),
    ).toThrow(/more than 100 levels/);
    expect(() =>
      parseRunEvent({ ...base, type: "RUN_FAILURE", reason: "RUN_EXCEPTION", error: cause }),
    ).toThrow(/more than 100 levels/);
  });

  test("gives a known event back as it came, fields it does not know included", () => {
    const value = { ...materialization, later: { added: true } };

    const event = parseRunEvent(value);

    expect(event).toBe(value);
    expect(isKnownEvent(event)).toBe(true);
  });

  test("keeps an event of an unknown type whole", () => {
    const value = { ...base, type: "STEP_TELEPORTED", to: "elsewhere" };

    const event = parseRunEvent(value);

    expect(event).toBe(value);
    expect(isKnownEvent(event)).toBe(false);
  });

  test("a type named like a method of every object is an unknown type, not a crash", () => {
    for (const type of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(isKnownEvent(parseRunEvent({ ...base, type }))).toBe(false);
    }
  });

  test.each([
    [null, "event"],
    ["RUN_START", "event"],
    [[], "event"],
    [{ ...base }, "type"],
    [{ ...base, type: "HOOK_COMPLETED", stepKey: "orders" }, "hookName"],
    [{ ...base, type: "STEP_STATE", stepKey: "orders", partition: null }, "name"],
    [
      { ...base, type: "STEP_WAITING", stepKey: "orders", until: 1, waits: { a: { since: 1 } } },
      "waits.a.until",
    ],
    [{ ...base, type: "HOOK_ERRORED", stepKey: "orders", hookName: "alarm" }, "error"],
    [{ ...base, type: "RUN_START", timestamp: "now" }, "timestamp"],
    [{ ...base, type: "RUN_START", timestamp: Number.NaN }, "timestamp"],
    [{ ...base, type: "RUN_START", timestamp: 1e300 }, "timestamp"],
    [{ ...base, type: "RUN_START", message: 1 }, "message"],
    [{ ...base, type: "SOMETHING_NEW", stepKey: 4 }, "stepKey"],
    [{ ...base, type: "STEP_START", attempt: 1 }, "stepKey"],
    [{ ...base, type: "STEP_START", stepKey: "a", attempt: "1" }, "attempt"],
    [{ ...base, type: "STEP_SUCCESS", stepKey: "a", durationMs: -1 }, "durationMs"],
    [{ ...base, type: "RUN_FAILURE", reason: "BAD_LUCK", error: null }, "reason"],
    [{ ...base, type: "RUN_CANCELING", reason: "BAD_LUCK" }, "reason"],
    [{ ...base, type: "LOG", stepKey: null, level: "LOUD" }, "level"],
    [{ ...base, type: "LOGS_CAPTURED", stepKeys: ["a", 2] }, "stepKeys[1]"],
    [{ ...base, type: "STEP_FAILURE", stepKey: "a", metadata: {}, error: null }, "error"],
    [
      {
        ...base,
        type: "STEP_FAILURE",
        stepKey: "a",
        metadata: {},
        error: { ...error, cause: { name: "E" } },
      },
      "error.cause.message",
    ],
    [{ ...materialization, assetKey: undefined }, "assetKey"],
    [{ ...materialization, assetKey: "a".repeat(1_001) }, "assetKey"],
    [{ ...materialization, partition: "漢".repeat(400) }, "partition"],
    [{ ...materialization, tags: { a: 1 } }, "tags.a"],
    [{ ...materialization, metadata: { rows: 3 } }, "metadata.rows"],
    [{ ...materialization, metadata: { rows: { value: 3 } } }, "metadata.rows.type"],
    [
      {
        ...materialization,
        type: "ASSET_CHECK_EVALUATION",
        checkName: "c",
        passed: "yes",
        severity: "WARN",
        blocking: false,
      },
      "passed",
    ],
    [
      {
        ...materialization,
        type: "ASSET_CHECK_EVALUATION",
        checkName: "c",
        passed: true,
        severity: "INFO",
        blocking: false,
      },
      "severity",
    ],
  ])("refuses %j and names %s", (value, field) => {
    expect(() => parseRunEvent(value)).toThrow(expect.objectContaining({ field, code: "invalid_run_event" }));
    expect(() => parseRunEvent(value)).toThrow(InvalidRunEvent);
  });
});
