import { expect, test } from "vitest";
import { parseLocationsFile } from "./locations-file.ts";

function parse(source: string) {
  return parseLocationsFile("millrace.yaml", "/srv/project/millrace.yaml", source);
}

test("locations have the words of the command; folders are relative to the file, numbers stay as they are written", () => {
  const listed = parse(`
locations:
  shop:
    image: registry.example/shop:42
    folder: /app
    entry: src/shop.ts
    commit: 1234567
    queue: eu
    env: &env { REGION: eu, PORT: 0x10, RATIO: 1.0, DEBUG: true, EMPTY: "" }
  depot:
    folder: ../depot
    env: *env
    container: { memory: 2g, volumes: ["data:/data"] }
`);

  const environment = { REGION: "eu", PORT: "0x10", RATIO: "1.0", DEBUG: "true", EMPTY: "" };
  expect(listed).toEqual([
    {
      name: "shop",
      document: {
        code: {
          kind: "image",
          image: "registry.example/shop:42",
          workingDirectory: "/app",
          entry: "src/shop.ts",
        },
        queue: "eu",
        environment,
        gitCommit: "1234567",
      },
    },
    {
      name: "depot",
      document: {
        code: { kind: "folder", workingDirectory: "/srv/depot", entry: "src/definitions.ts" },
        environment,
        container: { memory: "2g", volumes: ["data:/data"] },
      },
    },
  ]);
  expect(parse("locations: {}")).toEqual([]);
});

test.each([
  ["", "1:1: List the code locations under `locations:`"],
  ["locations: [shop]", "1:12: List the code locations under `locations:`"],
  ["locatoins: {}", "1:1: List the code locations"],
  ["queue: eu\nlocations: {}", '1:1: There is no `queue` here; there is "locations"'],
  ["locations:\n  shop: {image: a:1\n", "3:1: "],
  ["locations:\n  shop: {image: a:1}\n  shop: {image: a:2}", "3:3: Map keys must be unique"],
  ["locations:\n  shop:", "2:3: Say where the code of shop is: `image:`, or `folder:`"],
  ["locations:\n  shop: {queue: eu}", "2:3: Say where the code of shop is"],
  ["locations:\n  shop:\n    imgae: a:1", '3:5: A code location has no `imgae`; did you mean "image"?'],
  ["locations:\n  shop:\n    image: [a]", "3:12: `image` of shop must be a text that is not empty"],
  ["locations:\n  shop:\n    image:", "3:5: `image` of shop must be a text that is not empty"],
  ["locations:\n  shop: {image: a:1, folder: app}", "2:30: `folder` must be an absolute path"],
  ["locations:\n  shop: {folder: a, entry: ../b.ts}", "2:28: `entry` must be a file in the folder"],
  ["locations:\n  shop: {folder: a, commit: main}", "2:29: `commit` must be the hash of a commit"],
  ["locations:\n  shop: {folder: a, env: [A]}", "2:26: `env` maps names of variables to texts"],
  ["locations:\n  shop: {folder: a, env: {A: [1], B: }}", "2:30: A must be a text"],
  ["locations:\n  shop: {folder: a, container: {cpus: none}}", "2:39: `container.cpus` must be a number"],
  [
    "locations:\n  shop: {folder: a, container: {volumes: [aa:/a, b]}}",
    "2:50: `container.volumes[1]` must be",
  ],
  ["locations:\n  shop: {folder: a, container: {cpu: 1}}", "2:38: `container.cpu` is not known"],
  ["locations:\n  '': {folder: a}", "2:3: A code location needs a name"],
])("what is wrong is told with line and column: %j", (source, message) => {
  expect(() => parse(source)).toThrow(`millrace.yaml:${message}`);
});

test("all that is wrong is told at once, in the order of the file", () => {
  expect(() => parse("locations:\n  b: {queue: eu}\n  a: {image: a:1, queeu: eu}")).toThrow(
    /^millrace\.yaml:2:3: .*\nmillrace\.yaml:3:19: .*$/,
  );
});
