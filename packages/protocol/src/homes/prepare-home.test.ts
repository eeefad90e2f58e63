import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainHomeError, HomeUnusable, prepareHome } from "./prepare-home.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-prepare-home-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a home is made with the folders that lead to it, and may be there already", () => {
  const home = join(folder, "some/where");

  prepareHome(home, 0o700);
  prepareHome(home, 0o700);

  expect(statSync(home).mode & 0o777).toBe(0o700);
});

test("a home that is a file, or lies in one, is refused with a sentence", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");

  expect(() => prepareHome(file)).toThrow(
    new HomeUnusable(`The home ${file} can't be used: ${file} is a file. Choose another with --home`),
  );
  expect(() => prepareHome(join(file, "home"))).toThrow(
    /can't be used: \S+\/file.* (?:is|leads through) a file/,
  );
});

test("a file system that takes nothing is named", () => {
  expect(() => prepareHome("/proc/self/home")).toThrow(HomeUnusable);
});

test("a full disk is named, and an error of another kind stays what it is", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC", path: "/data/postgres/log" });
  const bug = new TypeError("x is not a function");

  expect(explainHomeError("/data", full)).toMatchObject({
    code: "home_unusable",
    message:
      "The home /data can't be used: there is no room left for /data/postgres/log. Choose another with --home",
    cause: full,
  });
  expect(explainHomeError("/data", bug)).toBe(bug);
});
