import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { LogBytesMissing, type LogStorage } from "./log-storage.ts";

/** For tests: what holds of every log storage. */
export function testLogStorage(open: () => LogStorage): void {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));

  test("an object is read in parts", async () => {
    const storage = open();
    const key = `${randomUUID()}/1/stdout/000000000000000-1000-abc`;
    await storage.put(key, bytes);

    expect(await storage.get(key, 0, 1_000)).toEqual(bytes);
    expect(await storage.get(key, 255, 259)).toEqual(Buffer.from([255, 0, 1, 2]));
  });

  test("an object may be put again, by many at once", async () => {
    const storage = open();
    const key = `${randomUUID()}/1/stdout/0-1000-abc`;
    await Promise.all(Array.from({ length: 8 }, () => storage.put(key, bytes)));

    expect(await storage.get(key, 0, 1_000)).toEqual(bytes);
    expect(await storage.list(key.split("/")[0] ?? "")).toHaveLength(1);
  });

  test("what is not there, or shorter than the index says, is missing; the message says where it was looked for", async () => {
    const storage = open();
    const run = randomUUID();
    await storage.put(`${run}/1/stdout/0-10-abc`, bytes.subarray(0, 10));

    await expect(storage.get(`${run}/1/stdout/1-10-abc`, 0, 10)).rejects.toThrow(LogBytesMissing);
    await expect(storage.get(`${run}/1/stdout/0-10-abc`, 0, 11)).rejects.toThrow(LogBytesMissing);
    await expect(storage.get(`${run}/1/stdout/1-10-abc`, 0, 10)).rejects.toThrow(storage.place);
  });

  test("the objects of a folder, and no others, are listed and removed", async () => {
    const storage = open();
    const [run, other] = [randomUUID(), randomUUID()];
    const keys = [`${run}/1/stdout/0-3-a`, `${run}/1/stderr/0-3-a`, `${run}/2/stdout/0-3-a`];
    for (const key of [...keys, `${run}0/1/stdout/0-3-a`, `${other}/1/stdout/0-3-a`])
      await storage.put(key, Buffer.from("abc"));

    expect((await storage.list(run)).map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    await storage.remove([...keys.slice(0, 2), `${run}/9/never/there`]);
    expect((await storage.list(run)).map(({ key }) => key)).toEqual(keys.slice(2));
    await storage.remove(keys);
    expect(await storage.list(run)).toEqual([]);
    expect(await storage.list(other)).toHaveLength(1);
  });
}
