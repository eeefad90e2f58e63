import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LaunchFailed } from "../launcher.ts";
import { findRegistryCredentials } from "./registry-credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-docker-config-"));
const path = process.env["PATH"] ?? "";
process.env["PATH"] = `${folder}:${path}`;
afterAll(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});
const write = (config: unknown) =>
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
const find = (image: string) => findRegistryCredentials(folder, image);
const writeHelper = (name: string, script: string) => {
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, `docker-credential-${name}`), 0o755);
};

test("the file's credentials are those of the image's registry, and of no other", async () => {
  expect(await find("registry.example/shop:1")).toBeNull();
  write({
    auths: {
      "https://registry.example/v2/": auth("ann:se:cret"),
      "https://index.docker.io/v1/": auth("hub:pass"),
      "registry.example:5000": { identitytoken: "t0ken" },
      "empty.example": {},
    },
  });
  expect(await find("registry.example/team/shop:1")).toMatchObject({ username: "ann", password: "se:cret" });
  expect(await find("shop:1")).toMatchObject({ username: "hub", password: "pass" });
  expect(await find("team/shop")).toMatchObject({ username: "hub" });
  expect(await find("registry.example:5000/shop")).toMatchObject({ identitytoken: "t0ken" });
  expect(await find("empty.example/shop")).toBeNull();
  expect(await find("other.example/shop")).toBeNull();
});

test("a credential helper is asked for the registry, one of its own before the one for all", async () => {
  write({ credHelpers: { "ecr.example": "one" }, credsStore: "all" });
  writeHelper("one", `read registry; echo "{\\"Username\\":\\"AWS\\",\\"Secret\\":\\"of $registry\\"}"`);
  writeHelper("all", `echo "credentials not found in native keychain"; exit 1`);
  expect(await find("ecr.example/shop:1")).toMatchObject({ username: "AWS", password: "of ecr.example" });
  expect(await find("registry.example/shop:1")).toBeNull();
});

test.each([
  ["{", /credentials in .*config\.json can't be read: it is not JSON/],
  [{ credsStore: "none-such" }, /helper docker-credential-none-such for registry\.example can't be started/],
  [{ credsStore: "broken" }, /ended with exit code 3: the vault is sealed/],
  [{ credsStore: "odd" }, /not JSON/],
])("what can't be read is told: %j", async (config, message) => {
  writeHelper("broken", "echo the vault is sealed; exit 3");
  writeHelper("odd", "echo hello");
  write(config);
  await expect(find("registry.example/shop")).rejects.toThrow(LaunchFailed);
  await expect(find("registry.example/shop")).rejects.toThrow(message);
});
