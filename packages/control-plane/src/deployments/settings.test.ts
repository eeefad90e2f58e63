import { expect, test } from "vitest";
import {
  formatDeploymentSettings,
  InvalidDeploymentSettings,
  parseSettingsInput,
  readStoredSettings,
} from "./settings.ts";

test("what is left out has its default", () => {
  expect(parseSettingsInput({})).toEqual({
    maxConcurrentRuns: 10,
    tagConcurrencyLimits: [],
    queueOrder: "strict",
    poolGranularity: "op",
    poolDefaultLimit: null,
    startTimeoutSeconds: 300,
    cancelTimeoutSeconds: 180,
    hangTimeoutSeconds: 3_600,
    workerLeaseSeconds: 60,
    eventRetentionDays: 30,
    historyRetentionDays: 365,
    stepValueRetentionDays: 30,
    agentRetentionDays: 7,
    standbyWorkers: 1,
    container: {},
    maxResumeRunAttempts: 0,
    maxRuntimeSeconds: null,
    maxRunRetries: 0,
    runRetryStrategy: "from_failure",
    runRetryDelaySeconds: 0,
    runRetryMaxDelaySeconds: 3_600,
    retryOnAssetOrOpFailure: true,
    automationEnabled: true,
    automationOffGroups: [],
  });
});

test("settings are read as they are written", () => {
  const limits = [
    { key: "team", value: "growth", perUniqueValue: false, limit: 2 },
    { key: "customer", value: null, perUniqueValue: true, limit: 1 },
  ];
  const settings = {
    ...parseSettingsInput({}),
    maxConcurrentRuns: 0,
    tagConcurrencyLimits: limits,
    maxRuntimeSeconds: 3_600,
    container: { memory: "2g", labels: { team: "shop" } },
  };

  expect(parseSettingsInput(formatDeploymentSettings(settings))).toEqual(settings);
});

test.each([
  [[], "The settings of a deployment must be an object"],
  [{ max_runs: 3 }, "There is no setting `max_runs`; there are max_concurrent_runs"],
  [{ max_concurrent_runs: "3" }, "`max_concurrent_runs` must be a whole number, 0 or more"],
  [{ max_concurrent_runs: 1.5 }, "`max_concurrent_runs` must be a whole number, 0 or more"],
  [{ container: { memroy: "2g" } }, "`container.memroy` is not known; there are networks, volumes, memory"],
  [{ worker_lease_seconds: 14 }, "`worker_lease_seconds` must be a whole number, 15 or more"],
  [{ event_retention_days: 0 }, "`event_retention_days` must be a whole number, 1 or more"],
  [
    { event_retention_days: 1_000_000 },
    "`event_retention_days` must be a whole number, 1 or more and at most 36500",
  ],
  [{ start_timeout_seconds: Number.MAX_SAFE_INTEGER }, "1 or more and at most 316224000"],
  [{ max_concurrent_runs: 3_000_000_000 }, "0 or more and at most 2147483647"],
  [{ standby_workers: 1_000_000 }, "0 or more and at most 100"],
  [{ queue_order: "fifo" }, '`queue_order` must be "strict" or "fair"'],
  [{ pool_granularity: "step" }, '`pool_granularity` must be "op" or "run"'],
  [{ run_retry_strategy: "some" }, '`run_retry_strategy` must be "from_failure" or "all_steps"'],
  [{ retry_on_asset_or_op_failure: "yes" }, "`retry_on_asset_or_op_failure` must be true or false"],
  [{ tag_concurrency_limits: {} }, "`tag_concurrency_limits` must be a list"],
  [{ tag_concurrency_limits: [{ key: "team" }] }, "`tag_concurrency_limits[0].limit` is missing"],
  [{ tag_concurrency_limits: [{ limit: 1 }] }, "`tag_concurrency_limits[0].key` must be the name of a tag"],
  [
    { tag_concurrency_limits: [{ key: "a", limit: 1, values: [] }] },
    "There is no setting `tag_concurrency_limits[0].values`",
  ],
])("%j is refused, naming the setting", (settings, message) => {
  const parse = (): unknown => parseSettingsInput(settings);

  expect(parse).toThrow(InvalidDeploymentSettings);
  expect(parse).toThrow(message);
});

test("what is stored is read leniently: unknown settings are passed over, bad values have their defaults", () => {
  const stored = {
    pool_limits: { gpu: 1 },
    max_concurrent_runs: "many",
    standby_workers: 3,
    tag_concurrency_limits: [{ key: "team" }, { key: "db", limit: 2, since: "next version" }],
  };

  const { settings, problems } = readStoredSettings(stored);

  expect(settings).toEqual({
    ...parseSettingsInput({}),
    standbyWorkers: 3,
    tagConcurrencyLimits: [{ key: "db", value: null, perUniqueValue: false, limit: 2 }],
  });
  expect(problems).toEqual([
    { setting: "max_concurrent_runs", message: "`max_concurrent_runs` must be a whole number, 0 or more" },
    { setting: "tag_concurrency_limits", message: "`tag_concurrency_limits[0].limit` is missing" },
  ]);
  expect(readStoredSettings([]).problems).toEqual([
    { setting: null, message: "The settings of a deployment must be an object" },
  ]);
});
