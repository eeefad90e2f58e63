import { expect, test } from "vitest";
import { judge } from "./limits.ts";

const RATES = { runs: 50, reloads: 10 };

test("what surely grows faster than it may is said to grow", () => {
  expect(judge("server.pss_mb", { perMinute: 100, error: 5 }, RATES)).toEqual({ limit: 15, grows: true });
});

test("what may be noise is not, and neither is what runs leave on purpose", () => {
  expect(judge("server.pss_mb", { perMinute: 30, error: 10 }, RATES).grows).toBe(false);
  expect(judge("database.kb", { perMinute: 600, error: 0 }, RATES)).toEqual({ limit: 1_650, grows: false });
});

test("a leak of one small file for each run is found", () => {
  expect(judge("agent-home.files", { perMinute: 50, error: 1 }, RATES).grows).toBe(true);
});

test("what nobody has given a limit is shown and not judged", () => {
  expect(judge("new.measure", { perMinute: 1_000, error: 0 }, RATES)).toEqual({ limit: null, grows: false });
});
