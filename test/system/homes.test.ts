import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startContainer, type Container } from "./containers.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function createHome(): string {
  const home = mkdtempSync(join(tmpdir(), "millrace-homes-"));
  cleanUps.push(() => {
    rmSync(realpathSync(join(home, "postgres")), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

function startServer(home: string): Container {
  const server = startContainer(["server", "--home", home, "--port", "0"]);
  cleanUps.push(() => server.kill());
  return server;
}

async function ask<T>(url: string, query: string): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: T }).data;
}

/** Writes a row and returns when the server has acknowledged it. */
async function createToken(url: string, name: string): Promise<void> {
  const { createAgentToken } = await ask<{ createAgentToken: { agentToken: { id: string } } }>(
    url,
    `mutation { createAgentToken(name: "${name}") { agentToken { id } } }`,
  );
  expect(createAgentToken.agentToken.id).not.toBe("");
}

async function listTokens(url: string): Promise<string[]> {
  const { agentTokens } = await ask<{ agentTokens: readonly { name: string }[] }>(
    url,
    "{ agentTokens { name } }",
  );
  return agentTokens.map(({ name }) => name).toSorted();
}

test("a second server on a home in another container is refused with a sentence, and nothing that was acknowledged is lost", async () => {
  const home = createHome();
  const first = startServer(home);
  const { url } = await first.ready;
  await createToken(url, "before");

  const { code, output } = await startServer(home).ended;
  expect(code).toBe(1);
  expect(output).toMatch(
    new RegExp(`^A Millrace server \\(process 1 on host \\S+\\) already runs on ${home}: stop it, or give`),
  );
  expect(output.trim().split("\n")).toHaveLength(1);

  await createToken(url, "after");
  await first.kill();
  const next = await startServer(home).ready;
  expect(await listTokens(next.url)).toEqual(["after", "before"]);
});

test("of two servers that start at once on an empty home, one serves", async () => {
  const home = createHome();

  const outcomes = await Promise.all(
    [startServer(home), startServer(home)].map((server) =>
      Promise.race([server.ready, server.ended.then(({ output }) => output)]),
    ),
  );

  const serving = outcomes.filter((outcome) => typeof outcome !== "string");
  expect(serving).toHaveLength(1);
  expect(outcomes.find((outcome) => typeof outcome === "string")).toMatch(/already runs on/);
  await createToken(serving[0]?.url ?? "", "kept");
});
