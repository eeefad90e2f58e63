import { checkConfig } from "@millrace/model/config/check-config";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { asset, definitions, failureHook, ioManager, op, job, resource, withConfig } from "millrace";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { expect, test } from "vitest";
import { z } from "zod";
import { listJobSteps } from "./job-steps.ts";
import { listConfiguredResources, runConfigSchema } from "./run-config-schema.ts";

const login = resource("login", { config: z.object({ user: z.string() }), setup: ({ config }) => config });
const warehouse = resource("warehouse", { resources: { login }, setup: () => "warehouse" });
const mail = resource("mail", { config: z.object({ to: z.string() }), setup: () => "mail" });
const plain = resource("plain", { setup: () => "plain" });
const alarm = failureHook("alarm", { resources: { mail } }, () => {});
const tables = ioManager("tables", {
  config: z.object({ schema: z.string().default("public") }),
  handleOutput: () => {},
  loadInput: () => 1,
});
const raw = asset("raw", { resources: { plain }, ioManager: tables }, () => 1);
const clean = asset("clean", { deps: [raw], resources: { warehouse } }, () => 1);
const alone = asset("alone", () => 1);
const alarmed = job("alarmed", { selection: [alone], hooks: [alarm] });

test("a step names the resources and IO managers whose config it needs, also through others and through hooks", () => {
  const resolved = resolveDefinitions(definitions({ assets: [raw, clean, alone], jobs: [alarmed] }));
  const { steps } = listJobSteps(resolved, null);
  const named = (hooks: typeof alarmed.hooks) =>
    Object.fromEntries(steps.map((step) => [step.key, listConfiguredResources(resolved, step, hooks)]));

  expect(named([])).toEqual({ raw: ["tables"], clean: ["login", "tables"], alone: [] });
  expect(named(alarmed.hooks)["alone"]).toEqual(["mail"]);
});

test("a schema that refers to itself still does so inside the schema of the run config", () => {
  const category = z.object({
    name: z.string(),
    get children() {
      return z.array(category).default([]);
    },
  });
  const sort = op("sort", { config: z.object({ top: category, bottom: category }) }, () => {});
  const sorting = job("sorting", () => void sort());
  const resolved = resolveDefinitions(definitions({ jobs: [sorting] }));
  const schema = runConfigSchema(resolved, listJobSteps(resolved, sorting), []) as JsonSchema;
  const config = (children: unknown) => ({
    ops: { sort: { config: { top: { name: "a", children }, bottom: { name: "b" } } } },
  });

  expect(checkConfig(schema, config([{ name: "b", children: [{ name: "c" }] }]))).toMatchObject({ ok: true });
  expect(checkConfig(schema, config([{ children: [] }]))).toMatchObject({
    errors: [{ kind: "missing_field", fields: ["name"] }],
  });
});

test("config that code has given need not be given again", () => {
  const bound = withConfig(login, { user: "mill" });
  const made = asset("made", { resources: { bound } }, () => 1);
  const resolved = resolveDefinitions(definitions({ assets: [made] }));

  expect(runConfigSchema(resolved, listJobSteps(resolved, null), [])).toMatchObject({
    properties: { resources: { properties: { login: { properties: { config: { required: [] } } } } } },
  });
});

test("IO managers and their resources that no step of the job uses are not asked for", () => {
  const files = ioManager("files", {
    config: z.object({ folder: z.string() }),
    resources: { login },
    handleOutput: () => {},
    loadInput: () => 1,
  });
  const stored = asset("stored", { ioManager: files }, () => 1);
  const ping = job("ping", () => void op("send", () => 1)());
  const resolved = resolveDefinitions(definitions({ assets: [stored], jobs: [ping] }));

  expect(checkConfig(runConfigSchema(resolved, listJobSteps(resolved, ping), []), {})).toMatchObject({
    ok: true,
  });
  expect(runConfigSchema(resolved, listJobSteps(resolved, null), [])).toMatchObject({
    properties: { resources: { required: ["login", "files"] } },
  });
});
