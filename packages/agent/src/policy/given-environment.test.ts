import { expect, test } from "vitest";
import { giveEnvironment } from "./given-environment.ts";

const AGENT = {
  PATH: "/bin",
  LC_ALL: "C",
  https_proxy: "http://proxy:3128",
  AWS_SECRET_ACCESS_KEY: "secret",
  WAREHOUSE_URL: "postgres://warehouse",
  WAREHOUSE_USER: "shop",
  MILLRACE_AGENT_TOKEN: "mra_secret",
  UNSET: undefined,
};

test("what a process needs of its machine is given, and nothing of the agent's own", () => {
  expect(giveEnvironment(AGENT, [])).toEqual({ PATH: "/bin", LC_ALL: "C", https_proxy: "http://proxy:3128" });
});

test("what the operator names is given too, by name or by how the names begin", () => {
  expect(Object.keys(giveEnvironment(AGENT, ["AWS_SECRET_ACCESS_KEY"]))).toContain("AWS_SECRET_ACCESS_KEY");
  expect(giveEnvironment(AGENT, ["WAREHOUSE_*"])).toMatchObject({
    WAREHOUSE_URL: "postgres://warehouse",
    WAREHOUSE_USER: "shop",
  });
});

test("the agent's settings and secrets are never given, not even when everything is", () => {
  const { MILLRACE_AGENT_TOKEN: _, UNSET: __, ...rest } = AGENT;
  expect(giveEnvironment(AGENT, ["*", "MILLRACE_AGENT_TOKEN"])).toEqual(rest);
});
