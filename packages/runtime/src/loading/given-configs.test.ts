import {
  asset,
  configOf,
  definitions,
  env,
  job,
  op,
  resource,
  withConfig,
  type Resource,
  type RunConfigInput,
} from "millrace";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { expect, test } from "vitest";
import { z } from "zod";
import { refuseWrongConfigs } from "./given-configs.ts";

const mailer = resource("mailer", {
  config: z.object({
    host: z.string(),
    port: z
      .int()
      .refine((port) => port !== 25, "is blocked")
      .default(587),
    since: z.coerce.date().optional(),
  }),
  setup: ({ config }) => config.host,
});
const load = op(
  "load",
  { config: z.object({ table: z.string(), rows: z.int().max(10).optional() }) },
  () => {},
);

const withMailer =
  (given: Resource): (() => void) =>
  () =>
    refuseWrongConfigs(
      resolveDefinitions(definitions({ assets: [asset("mail", { resources: { mailer: given } }, () => 1)] })),
    );
const withJob =
  (config: RunConfigInput): (() => void) =>
  () =>
    refuseWrongConfigs(
      resolveDefinitions(definitions({ jobs: [job("loading", { config }, () => void load())] })),
    );

test.each<[object, string | RegExp]>([
  [
    { port: "many" },
    /^resource "mailer" \(.*given-configs\.test\.ts:\d+\): withConfig\.port: must be of type integer/,
  ],
  [{ port: 25 }, "withConfig.port: is blocked"],
  [{ hots: "a" }, 'withConfig: has "hots", but only knows "host", "port", "since"; did you mean "host"?'],
  [{ since: "never" }, "withConfig.since: Invalid input: expected date"],
])(
  "a config that withConfig gives and that does not fit is refused with its place: %j",
  (config, problem) => {
    expect(withMailer(withConfig(mailer, config as never))).toThrow(problem);
  },
);

test.each([{}, { port: 465 }, { host: env("MAIL_HOST"), port: env("MAIL_PORT") }])(
  "one that fits, as far as can be said, is not: %j",
  (config) => {
    expect(withMailer(withConfig(mailer, config))).not.toThrow();
  },
);

test("a config for a resource that takes none is refused", () => {
  const plain = resource("plain", { setup: () => 1 });

  expect(withMailer(withConfig(plain, { url: "x" } as never))).toThrow("withConfig: takes no config");
});

test.each<[RunConfigInput, string | RegExp]>([
  [
    { ops: { load: { config: { table: 7 } } } },
    /^job "loading" \(.*\): config\.ops\.load\.config\.table: must be of type string/,
  ],
  [
    { ops: { laod: { config: { table: "a" } } } },
    'config.ops: has "laod", but only knows "load"; did you mean "load"?',
  ],
  [{ ops: { load: { config: { table: "a", rows: 11 } } } }, "config.ops.load.config.rows: "],
  [{ op: {} }, 'config: has "op", but only knows "ops", "resources"; did you mean "ops"?'],
])("so is that of a job: %j", (config, problem) => {
  expect(withJob(config)).toThrow(problem);
});

test("a job's config may leave out what its runs bring, and take values from the environment", () => {
  expect(withJob([configOf(load, { table: env("TABLE"), rows: 5 })])).not.toThrow();
  expect(withJob({ ops: { load: { config: {} } } })).not.toThrow();
});
