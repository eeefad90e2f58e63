import { expect, test } from "vitest";
import { parseReportedEvent } from "./reported-event.ts";

const report = { kind: "materialization", assetKey: "raw/orders" };

test("plain metadata gets the type that fits it, and one that says its type keeps it", () => {
  const metadata = {
    rows: 4,
    share: 0.5,
    note: "late",
    ok: true,
    none: null,
    ids: [1],
    doc: { type: "md", md: "*x*" },
  };

  expect(parseReportedEvent({ ...report, metadata, tags: { team: "sales" }, dataVersion: "v7" })).toEqual({
    ...report,
    partitionKey: null,
    description: null,
    tags: { team: "sales" },
    dataVersion: "v7",
    metadata: {
      rows: { type: "int", value: 4 },
      share: { type: "float", value: 0.5 },
      note: { type: "text", text: "late" },
      ok: { type: "bool", value: true },
      none: { type: "null" },
      ids: { type: "json", json: [1] },
      doc: { type: "md", md: "*x*" },
    },
  });
});

test("a check says whether it passed, and counts as bad unless it says otherwise", () => {
  expect(parseReportedEvent({ kind: "check", assetKey: "a", checkName: "rows", passed: false })).toEqual({
    kind: "check",
    assetKey: "a",
    partitionKey: null,
    metadata: {},
    description: null,
    checkName: "rows",
    passed: false,
    severity: "ERROR",
  });
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test.each([
  [[], "`the report` must be an object"],
  [{ ...report, kind: "creation" }, "`kind` must be one of materialization, observation, check"],
  [{ ...report, assetKey: "" }, "`assetKey` must be the key of an asset"],
  [{ ...report, data_version: "v1" }, "`data_version` is no field of a materialization; it has assetKey"],
  [{ ...report, dataVersion: 7 }, "`dataVersion` must be a text"],
  [{ ...report, dataVersion: "x".repeat(1_001) }, "`dataVersion` has 1001 bytes; 1000 are possible"],
  [{ ...report, tags: { a: 1 } }, "`tags.a` must be a text"],
  [{ ...report, metadata: { a: "\0" } }, "`metadata.a.text` contains the character U+0000"],
  [{ ...report, metadata: { a: deep(101) } }, "`metadata` has more than 100 levels"],
  [{ ...report, metadata: { a: "x".repeat(1_048_570) } }, "`metadata` takes more than 1048576 bytes"],
  [{ kind: "check", assetKey: "a", passed: true }, "`checkName` must be the name of a check"],
  [{ kind: "check", assetKey: "a", checkName: "c", passed: "yes" }, "`passed` must be true or false"],
  [
    { kind: "check", assetKey: "a", checkName: "c", passed: true, severity: "BAD" },
    "`severity` must be WARN or ERROR",
  ],
])("%# is refused with the field", (value, message) => {
  expect(() => parseReportedEvent(value)).toThrow(message);
});
