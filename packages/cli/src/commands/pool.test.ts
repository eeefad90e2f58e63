import { serveLocation } from "@millrace/control-plane/testing/test-runs";
import { startUserApi } from "@millrace/control-plane/testing/test-user-api";
import { expect, test } from "vitest";
import { runCommand } from "../testing/run-command.ts";

const { db, url } = await startUserApi();

/** What a command prints; rejects with what it complains of. */
async function millrace(...words: string[]): Promise<string> {
  return (await runCommand([...words, "--url", url])).stdout;
}

test("a pool that a step names is listed, given slots, and shown", async () => {
  await serveLocation(db, "shop", {
    jobs: [{ name: "load", steps: [{ key: "read", kind: "op", pool: "db" }] }],
  });

  expect(await millrace("pool", "list")).toMatch(
    /^POOL +LIMIT +HELD +WAITING\ndb +none \(default\) +0 +0\n$/,
  );
  expect(await millrace("pool", "set", "db", "2")).toBe("db: 2 slots\n");
  expect(await millrace("pool", "show", "db")).toBe("db  limit 2, counts steps\nNobody has a slot\n");
  await expect(millrace("pool", "show", "dbs")).rejects.toMatchObject({
    stderr: expect.stringContaining('There is no pool "dbs"; did you mean "db"?'),
  });
  expect(await millrace("pool", "set", "db", "default")).toBe("db: no limit\n");
});

test.each([
  [["set", "db", "two"], /A limit is a whole number or `default`, not "two"/],
  [["set", "db", "--", "-1"], /`limit` must be 0 or more/],
  [["set", "two words", "1"], /must not contain spaces/],
])("pool %j is refused", async (words, message) => {
  const [verb = "", ...rest] = words;
  const args = ["pool", verb, "--url", url, ...rest];

  await expect(runCommand(args)).rejects.toMatchObject({
    stderr: expect.stringMatching(message),
  });
});

test("a location's runs are held back and let go; one that is not there is named", async () => {
  await serveLocation(db, "shop", { jobs: [] });

  expect(await millrace("location", "pause", "shop")).toBe("Runs of shop wait in the queue\n");
  expect(await millrace("location", "resume", "shop")).toBe("Runs of shop start again\n");
  await expect(millrace("location", "pause", "depot")).rejects.toMatchObject({
    stderr: expect.stringContaining('There is no code location "depot"; there is "shop"'),
  });
});
