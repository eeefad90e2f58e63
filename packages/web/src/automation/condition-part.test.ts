import { expect, test } from "vitest";
import { foldAlike, type ConditionPart } from "./condition-part.ts";

const part = (name: string, target: string, holds: boolean, candidates = 1): ConditionPart => ({
  name,
  target,
  candidates,
  count: holds ? 1 : 0,
  holds,
  children: [],
});

test("many parts of one name and state are one, in their place; what differs stands by itself", () => {
  const quiet = Array.from({ length: 20 }, (_, index) => part("newly_updated", `asset ${index}`, false));
  const updated = part("newly_updated", "orders", true);
  const unasked = part("newly_updated", "users", false, 0);
  const few = Array.from({ length: 8 }, (_, index) => part("missing", `asset ${index}`, false));

  expect(
    foldAlike([
      part("missing", "first", true),
      ...quiet.slice(0, 5),
      updated,
      ...quiet.slice(5),
      unasked,
      ...few,
    ]),
  ).toEqual([[part("missing", "first", true)], quiet, [updated], [unasked], ...few.map((each) => [each])]);
});
