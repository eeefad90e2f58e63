import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const { url } = await startUserApi();

/** What `millrace agent token …` prints; rejects with what it complains of. */
async function token(...words: string[]): Promise<string> {
  return (await runCommand(["agent", "token", ...words, "--url", url])).stdout;
}

test("tokens are made, listed, and revoked by name or id; a name that several have needs the id", async () => {
  expect(await token("list")).toBe("No tokens.\n");
  expect(await token("eu-cluster", "--queue", "eu", "gpu")).toMatch(/^mra_\S+\n$/);
  expect(await token("create", "us")).toMatch(/^mra_/);
  await token("create", "us");

  const lines = (await token("list")).split("\n");
  expect(lines[0]).toMatch(/^ID +NAME +QUEUES +LAST USED$/);
  expect(lines.filter((line) => / us +every one +never$/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => / eu-cluster +eu gpu +never$/.test(line))).toHaveLength(1);

  expect(await token("revoke", "eu-cluster")).toMatch(/^Revoked eu-cluster \(\S+\)\n$/);
  await expect(token("revoke", "eu-cluster")).rejects.toMatchObject({
    stderr: expect.stringContaining('There is no token "eu-cluster" that agents could use'),
  });
  await expect(token("revoke", "us")).rejects.toMatchObject({
    stderr: expect.stringContaining("give the id of one"),
  });
  const listed = (await token("list", "--json")).trim().split("\n");
  const tokens = listed.map(
    (line) => JSON.parse(line) as { id: string; name: string; revokedAt: string | null },
  );
  const [first] = tokens.filter(({ name }) => name === "us");
  await token("revoke", first?.id ?? "");
  expect(await token("revoke", "us")).toMatch(/^Revoked us/);
  expect(tokens.filter(({ revokedAt }) => revokedAt !== null).map(({ name }) => name)).toEqual([
    "eu-cluster",
  ]);
});
