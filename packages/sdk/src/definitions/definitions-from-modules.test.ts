import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { job } from "../jobs/job.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { definitions, definitionsFromModules } from "./definitions.ts";

const orders = asset("orders", () => 1);
const users = asset("users", () => 2);
const report = job("report", { selection: [orders, users] });

test("modules are collected as entry files are, and what stands in several of them once", () => {
  const collected = definitionsFromModules([
    { orders, helper: () => 1 },
    { all: definitions({ assets: [users] }), report, ignored: orders },
    { jobs: [report], again: orders },
    { limit: 10 },
  ]);

  expect(collected.assets).toEqual([orders, users]);
  expect(collected.jobs).toEqual([report]);
});

test("modules without any definition are an error", () => {
  expect(() => definitionsFromModules([{ limit: 10 }, {}])).toThrow(DefinitionError);
  expect(() => definitionsFromModules([{ limit: 10 }, {}])).toThrow(/None of the 2 modules/);
});
