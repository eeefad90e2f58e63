import { expect, test } from "vitest";
import { lookOfLocation, lookOfVersion } from "./location-look.ts";

test("a version that was followed by another before it was loaded waits for nothing", () => {
  expect(lookOfVersion({ revision: 1, state: "pending" }, 2)).toMatchObject({
    label: "Not loaded",
    active: false,
  });
  expect(lookOfVersion({ revision: 2, state: "pending" }, 2)).toBe(lookOfLocation("pending"));
  expect(lookOfVersion({ revision: 1, state: "failed" }, 2)).toBe(lookOfLocation("failed"));
});
