import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import { checkLocationDocument, DocumentRefused } from "./location-policy.ts";

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
const onlyAllowed = { allowedFolders: [allowed] };
const anywhere = { allowedFolders: null };

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
