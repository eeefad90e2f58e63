import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@millrace/model/run-event";
import { canMount, fillDisk, mountSmallDisk } from "@millrace/model/testing/small-disk";
import { expect, test } from "vitest";
import { openEventJournal } from "./event-journal.ts";
import { openEventReader } from "./event-reader.ts";

const MEGABYTE = 1024 * 1024;
const log = (message: string): RunEvent => ({
  type: "LOG",
  timestamp: 1,
  message,
  stepKey: null,
  level: "INFO",
});

test.runIf(canMount)(
  "what a full disk refuses is kept in its order; of log messages as many as have room in memory, and how many are missing is said",
  () => {
    using disk = mountSmallDisk(50 * 1024);
    const held: string[] = [];
    let appended = 0;
    const journal = openEventJournal(
      disk.folder,
      () => void appended++,
      (problem) => held.push(problem),
    );
    const ballast = join(disk.folder, "ballast");
    journal.append(log("before"));
    fillDisk(ballast);
    for (let megabyte = 0; megabyte < 40; megabyte++) journal.append(log("x".repeat(MEGABYTE)));
    journal.append({ type: "RUN_SUCCESS", timestamp: 2, message: "after" });

    const problem = `there is no room left on the disk of ${disk.folder} (ENOSPC): free some, or give it a larger one`;
    expect(held).toEqual([problem]);
    expect(journal.flush()).toBe(problem);
    expect(appended).toBe(1);
    rmSync(ballast);
    expect(journal.flush()).toBeNull();
    journal.close();

    const reader = openEventReader(disk.folder);
    const events = Array.from({ length: 60 }, (_, sequence) => reader.read(sequence, 1, MEGABYTE * 2)).flat();
    reader.close();
    const messages = events.map(({ event }) => (event as RunEvent).message);
    expect(events.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => index));
    expect(messages.at(0)).toBe("before");
    expect(messages.at(-2)).toBe("after");
    const kept = messages.filter((message) => message.startsWith("x")).length;
    expect(kept).toBeGreaterThan(30);
    expect(messages.at(-1)).toMatch(new RegExp(`^${40 - kept} log messages are missing here: `));
  },
);
