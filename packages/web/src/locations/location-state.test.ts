import { expect, test } from "vitest";
import { describeLocation } from "./location-state.ts";
import type { LocationVersionState } from "./locations.gen.ts";

const version = (revision: number, state: LocationVersionState, error: unknown = null) => ({
  revision,
  state,
  error,
  codeDigest: null,
  failure: null,
  retryAt: null,
  agentId: null,
  createdAt: "2026-01-01T00:00:00Z",
  loadedAt: null,
});

test("broken code is told apart from the version that still serves", () => {
  const broken = version(3, "failed", { message: "boom" });

  expect(describeLocation({ serving: version(2, "ready"), latest: broken })).toEqual({
    state: "failed",
    label: "Failed to load, revision 2 serves",
    error: { message: "boom" },
  });
  expect(describeLocation({ serving: null, latest: broken }).label).toBe("Failed to load");
  expect(
    describeLocation({
      serving: version(3, "degraded"),
      latest: version(3, "degraded", { message: "gone" }),
    }),
  ).toMatchObject({ state: "degraded", error: { message: "gone" } });
});

test("while it loads, it says what serves; before any agent came, it says that", () => {
  expect(describeLocation({ serving: version(1, "ready"), latest: version(2, "starting") }).label).toBe(
    "Loading, revision 1 serves",
  );
  expect(describeLocation({ serving: version(1, "ready"), latest: version(2, "pending") }).label).toBe(
    "Waiting for an agent, revision 1 serves",
  );
  expect(describeLocation({ serving: null, latest: null }).label).toBe("Waiting for an agent");
  expect(describeLocation({ serving: version(2, "ready"), latest: version(2, "ready") }).label).toBe(
    "Loaded",
  );
});
