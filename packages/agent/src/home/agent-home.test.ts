import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemIds } from "@millrace/model/randomness";
import { HomeUnusable } from "@millrace/protocol/homes/prepare-home";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openAgentHome } from "./agent-home.ts";

test("a home in which nothing can be kept is named, with what the system says of it", () => {
  const home = mkdtempSync(join(tmpdir(), "millrace-agent-home-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  symlinkSync("/dev/null/lock", join(home, "lock"));

  const open = () => openAgentHome(home, systemIds, pino({ level: "silent" }));

  expect(open).toThrow(HomeUnusable);
  expect(open).toThrow(`The home ${home} can't be used: `);
});
