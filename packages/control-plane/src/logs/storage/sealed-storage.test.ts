import { systemIds } from "@millrace/model/randomness";
import { describe, expect, test } from "vitest";
import { createMemoryLogStorage } from "../../testing/memory-log-storage.ts";
import { createTestContext } from "../../testing/test-context.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { findLogPage, putLogChunk } from "../log-store.ts";
import { parseLogKeys } from "./log-keys.ts";
import { sealStorage } from "./sealed-storage.ts";

const [OLD, NEW] = [Buffer.alloc(32, 1).toString("base64"), Buffer.alloc(32, 2).toString("base64")];
const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

async function log() {
  const { id: runId } = await launchAndDequeue(db);
  const at = { runId, attempt: 1, stream: "stdout" as const };
  const storage = createMemoryLogStorage();
  const under = (keys: string | null) =>
    createTestContext(db, {
      logs: keys === null ? storage : sealStorage(storage, parseLogKeys(keys), systemIds),
    });
  return {
    storage,
    runId,
    put: (keys: string | null, offset: number, text: string) =>
      putLogChunk(under(keys), { ...at, offset, bytes: Buffer.from(text) }),
    read: async (keys: string | null, fromByte = 0) =>
      (await findLogPage(under(keys), { ...at, deploymentId: TEST_DEPLOYMENT, fromByte, maxBytes: 100 }))
        .text,
  };
}

describe("sealed output", () => {
  test("is read with its key, in parts too, and not without; what is stored does not have it", async () => {
    const { put, read, storage, runId } = await log();
    await put(OLD, 0, "a secret");

    expect(await read(OLD)).toBe("a secret");
    expect(await read(OLD, 2)).toBe("secret");
    const [object] = await storage.list(runId);
    expect((await storage.get(object?.key ?? "", 0, 8 + 88)).toString("latin1")).not.toContain("secret");
    await expect(read(NEW)).rejects.toThrow(/The key [0-9a-f]{8}, with which .* is not in MILLRACE_LOG_KEYS/);
  });

  test("is read beside what was stored before it was sealed, and after the key was changed", async () => {
    const { put, read } = await log();
    await put(null, 0, "plain ");
    await put(OLD, 6, "old ");
    await put(`${NEW},${OLD}`, 10, "new");

    expect(await read(`${NEW},${OLD}`)).toBe("plain old new");
  });

  test("that was changed, or put in the place of another, is not read", async () => {
    const { put, read, storage, runId } = await log();
    await put(OLD, 0, "one\n");
    await put(OLD, 4, "two\n");
    const [first, second] = (await storage.list(runId)).map(({ key }) => key);
    await storage.put(first ?? "", await storage.get(second ?? "", 0, 4 + 88));

    await expect(read(OLD)).rejects.toMatchObject({ code: "log_key_unusable" });
  });
});

test("keys that are none are refused with how to make one, and are not repeated", () => {
  expect(() => parseLogKeys(" ")).toThrow("there is none: make one with `openssl rand -base64 32`");
  expect(() => parseLogKeys(`${OLD},c2hvcnQ=`)).toThrow("that of place 2 is not");
  expect(() => parseLogKeys("c2hvcnQ=")).not.toThrow("c2hvcnQ=");
  expect(parseLogKeys(`${NEW}\n${OLD}\n`).map(({ bytes }) => bytes[0])).toEqual([2, 1]);
});
