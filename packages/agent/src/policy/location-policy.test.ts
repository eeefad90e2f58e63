import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import { checkLocationDocument, DocumentRefused } from "./location-policy.ts";
import { parsePolicyRules } from "./policy-rules.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-policy-"));
const [allowed, other] = [join(folder, "allowed"), join(folder, "allowed-not")];
mkdirSync(join(allowed, "shop"), { recursive: true });
mkdirSync(other);
writeFileSync(join(allowed, "shop", "definitions.ts"), "");
writeFileSync(join(other, "definitions.ts"), "");
symlinkSync(other, join(allowed, "link"));
symlinkSync(join(other, "definitions.ts"), join(allowed, "shop", "linked.ts"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const documentOf = (workingDirectory: string, entry = "definitions.ts", environment = {}): LocationDocument =>
  parseLocationDocument({ code: { kind: "folder", workingDirectory, entry }, environment });
const onlyAllowed = { allowedFolders: [allowed], rules: null };
const anywhere = { allowedFolders: null, rules: null };

test.each(["NODE_OPTIONS", "NODE_PATH", "LD_PRELOAD", "PATH", "HOME", "MILLRACE_URL", "PYTHONPATH"])(
  "a document that sets %s is refused, naming it",
  (name) => {
    const document = documentOf(allowed, "definitions.ts", { [name]: "--import=data:text/javascript,0" });
    expect(() => checkLocationDocument(document, anywhere)).toThrow(DocumentRefused);
    expect(() => checkLocationDocument(document, anywhere)).toThrow(name);
  },
);

test.each([
  [{ environment: { LD_PRELOAD: "/evil.so" } }, /LD_PRELOAD/],
  [
    { volumes: ["orders:/orders", "/etc:/host:ro"] },
    /mount folders of its machine.*\/etc:\/host:ro.*--docker-volume/,
  ],
  [{ networks: ["warehouse", "host"] }, /into the network host.*--docker-network/],
  [{ networks: ["container:database"] }, /into the network container:database/],
])("containers with %j are refused, saying who may give them that", (container, message) => {
  const document = parseLocationDocument({
    code: { kind: "image", image: "shop", entry: "a.ts" },
    container,
  });
  expect(() => checkLocationDocument(document, anywhere)).toThrow(DocumentRefused);
  expect(() => checkLocationDocument(document, anywhere)).toThrow(message);
});

test("containers may have volumes, networks and limits of the engine", () => {
  const container = { volumes: ["orders:/orders"], networks: ["warehouse"], memory: "2g" };
  const document = parseLocationDocument({
    code: { kind: "image", image: "shop", entry: "a.ts" },
    container,
  });
  expect(() => checkLocationDocument(document, anywhere)).not.toThrow();
});

test("ordinary variables and folders pass", () => {
  const document = documentOf(join(allowed, "shop"), "definitions.ts", {
    NODE_ENV: "production",
    REGION: "eu",
  });
  expect(() => checkLocationDocument(document, onlyAllowed)).not.toThrow();
  expect(() => checkLocationDocument(documentOf(other), anywhere)).not.toThrow();
});

test.each([
  ["beside the allowed one", other, "definitions.ts"],
  ["behind a symbolic link", join(allowed, "link"), "definitions.ts"],
  ["that goes up and out", join(allowed, "..", "allowed-not"), "definitions.ts"],
  ["whose entry is a link that leads out", join(allowed, "shop"), "linked.ts"],
])("a folder %s is refused", (_which, workingDirectory, entry) => {
  expect(() => checkLocationDocument(documentOf(workingDirectory, entry), onlyAllowed)).toThrow(
    /runs no code from .*--allow-folder/,
  );
});

describe("rules of a policy", () => {
  const rules = parsePolicyRules(
    {
      images: ["registry.example/*", "tools:1"],
      folders: [allowed],
      environment: ["REGION", "APP_*"],
      volumes: ["orders", allowed],
      networks: ["warehouse", "host"],
      memory: "2g",
      cpus: 1.5,
    },
    "policy.yaml",
  );
  const policy = { allowedFolders: null, rules };
  const imageWith = (image: string, container: object = {}, environment: object = {}): LocationDocument =>
    parseLocationDocument({ code: { kind: "image", image, entry: "a.ts" }, container, environment });

  test.each([
    imageWith("registry.example/shop:1", { volumes: ["orders:/o", `${allowed}/shop:/s:ro`] }),
    imageWith("tools:1", { networks: ["warehouse", "host"], memory: "2048m", cpus: 1 }, { APP_MODE: "a" }),
    documentOf(join(allowed, "shop"), "definitions.ts", { REGION: "eu" }),
  ])("what they name is allowed: %j", (document) => {
    expect(() => checkLocationDocument(document, policy)).not.toThrow();
  });

  test.each([
    ["images", imageWith("evil.example/shop:1"), "the image evil.example/shop:1"],
    ["folders", documentOf(join(allowed, "link")), `code in ${join(allowed, "link")}`],
    ["folders", documentOf(join(allowed, "shop"), "linked.ts"), "linked.ts"],
    ["environment", imageWith("tools:1", {}, { DEBUG: "1" }), "the environment variable DEBUG"],
    ["environment", imageWith("tools:1", { environment: { DEBUG: "1" } }), "the environment variable DEBUG"],
    ["volumes", imageWith("tools:1", { volumes: ["other:/o"] }), "the volume other:/o"],
    ["volumes", imageWith("tools:1", { volumes: ["/etc:/o"] }), "the volume /etc:/o"],
    ["networks", imageWith("tools:1", { networks: ["database"] }), "the network database"],
    ["memory", imageWith("tools:1", { memory: "3g" }), "3g of memory"],
    ["cpus", imageWith("tools:1", { cpus: 2 }), "2 cores"],
  ])("what `%s` does not name is refused with the rule and its file", (rule, document, what) => {
    const check = () => checkLocationDocument(document, policy);
    expect(check).toThrow(DocumentRefused);
    expect(check).toThrow(what);
    expect(check).toThrow(`the rule \`${rule}\` of policy.yaml allows`);
  });

  test("an empty list allows none, and rules that are left out limit nothing", () => {
    const none = { allowedFolders: null, rules: parsePolicyRules({ images: [] }, "policy.yaml") };
    expect(() => checkLocationDocument(imageWith("tools:1"), none)).toThrow("policy.yaml allows none");
    expect(() => checkLocationDocument(documentOf(other, "definitions.ts", { A: "1" }), none)).not.toThrow();
    expect(() =>
      checkLocationDocument(imageWith("tools:1", { environment: { PATH: "/evil" } }), policy),
    ).toThrow("--pass-env PATH");
  });

  test.each([
    [{ image: ["a"] }, ["image"], 'There is no rule `image`; did you mean "images"?'],
    [{ images: "a" }, ["images"], "`images` is a list"],
    [{ images: ["a", 1] }, ["images", 1], "`images` lists texts"],
    [{ folders: ["code"] }, ["folders", 0], '`folders` lists absolute folders, not "code"'],
    [{ memory: 2 }, ["memory"], "`memory` must be an amount of memory"],
    [["images"], [], "A policy has some of the rules images, folders"],
  ])("a policy that can't be used is refused with the place: %j", (value, path, message) => {
    expect(() => parsePolicyRules(value, "policy.yaml")).toThrow(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    );
  });
});
