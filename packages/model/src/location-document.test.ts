import { expect, test } from "vitest";
import { InvalidLocationDocument, parseLocationDocument, requireLocationName } from "./location-document.ts";

const FOLDER = { kind: "folder", workingDirectory: "/code", entry: "src/definitions.ts" };

test("code in a folder, with what is left out filled in; without `code` its fields stand beside the others", () => {
  const document = { code: FOLDER, queue: "default", environment: {} };
  expect(parseLocationDocument({ code: FOLDER, later: true })).toEqual(document);
  expect(parseLocationDocument({ workingDirectory: "/code", entry: "src/definitions.ts" })).toEqual(document);
});

test("the commit that the code was built from, where the document says it", () => {
  const document = { code: FOLDER, queue: "default", environment: {}, gitCommit: "1a2b3c4" };
  expect(parseLocationDocument(document)).toEqual(document);
  expect(parseLocationDocument({ ...document, gitCommit: null })).not.toHaveProperty("gitCommit");
});

test("code in an image", () => {
  const code = { kind: "image", image: "registry/shop:3", entry: "src/definitions.ts" };
  expect(parseLocationDocument({ code, queue: "cluster" })).toEqual({
    code: { ...code, workingDirectory: null },
    queue: "cluster",
    environment: {},
  });
});

test.each([
  [null, "must be an object"],
  [{ code: "folder" }, "`code` must be an object"],
  [{ code: { kind: "wasm" } }, '`code.kind` must be "folder" or "image", not "wasm"'],
  [{ code: { ...FOLDER, workingDirectory: "code" } }, "`code.workingDirectory` must be an absolute path"],
  [{ workingDirectory: "/code" }, "`entry` must be a text that is not empty"],
  [{ code: { kind: "image", entry: "d.ts" } }, "`code.image` must be a text that is not empty"],
  [{ code: { ...FOLDER, entry: "../shop/definitions.ts" } }, "`code.entry` must be a file in the folder"],
  [{ code: { ...FOLDER, entry: "src/../../x.ts" } }, "`code.entry` must be a file in the folder"],
  [{ workingDirectory: "/code", entry: "/code/x.ts" }, "`entry` must be a file in the folder"],
  [{ code: FOLDER, gitCommit: "main" }, "`gitCommit` must be the hash of a commit"],
  [{ code: FOLDER, queue: "" }, "`queue` must be a text"],
  [{ code: FOLDER, environment: { "A=B": "1" } }, "`environment` must map names to text"],
  [{ code: FOLDER, environment: { A: "\0" } }, "`environment` must map names to text"],
])("%o is refused: %s", (document, said) => {
  expect(() => parseLocationDocument(document)).toThrow(InvalidLocationDocument);
  expect(() => parseLocationDocument(document)).toThrow(said);
});

test.each([
  "x".repeat(201),
  "漢".repeat(30),
  ".".repeat(70),
  "",
  "\ud800",
  "a\nb",
  "a\u001b[31mb",
  "a\u202eb",
])("%j is no name that an agent could keep a folder under, or a log could show", (name) =>
  expect(() => requireLocationName(name)).toThrow(InvalidLocationDocument),
);

test.each(["flights", "team/flights 2.0", "漢字"])("%s is one", (name) =>
  expect(() => requireLocationName(name)).not.toThrow(),
);
