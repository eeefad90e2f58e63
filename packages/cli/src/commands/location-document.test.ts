import { parseLocationDocument, type LocationDocument } from "@millrace/model/location-document";
import { expect, test } from "vitest";
import { changeDocument, createDocument } from "./location-document.ts";

const IMAGE: LocationDocument = {
  code: { kind: "image", image: "shop:1", workingDirectory: "/app", entry: "src/definitions.ts" },
  queue: "eu",
  environment: { REGION: "eu", DEBUG: "1" },
  gitCommit: "1a2b3c4",
};
const FOLDER: LocationDocument = {
  code: { kind: "folder", workingDirectory: "/srv/shop", entry: "src/definitions.ts" },
  queue: "default",
  environment: {},
};

test("what the options do not name stays; the commit goes with the code that it was of", () => {
  expect(changeDocument(IMAGE, { image: "shop:2" })).toEqual({
    code: { ...IMAGE.code, image: "shop:2" },
    queue: "eu",
    environment: IMAGE.environment,
  });
  expect(changeDocument(IMAGE, { env: ["REGION=us"], unsetEnv: ["DEBUG"], queue: "us" })).toEqual({
    ...IMAGE,
    queue: "us",
    environment: { REGION: "us" },
  });
  expect(changeDocument(IMAGE, { image: "shop:2", folder: "/srv", commit: "5d6e7f8" })).toMatchObject({
    code: { image: "shop:2", workingDirectory: "/srv", entry: "src/definitions.ts" },
    gitCommit: "5d6e7f8",
  });
});

test("code in a folder moves within it, to another one, or into an image", () => {
  expect(changeDocument(FOLDER, { entry: "other.ts" })).toEqual({
    ...FOLDER,
    code: { ...FOLDER.code, entry: "other.ts" },
  });
  expect(changeDocument(FOLDER, { folder: "/srv/new" })).toMatchObject({
    code: { kind: "folder", workingDirectory: "/srv/new" },
  });
  expect(changeDocument(FOLDER, { image: "shop:1" })).toMatchObject({
    code: { kind: "image", image: "shop:1", workingDirectory: null, entry: "src/definitions.ts" },
  });
});

test("options that change nothing are refused with what there is to change", () => {
  expect(() => changeDocument(FOLDER, {})).toThrow("Say what to change: --image");
  expect(() => changeDocument(FOLDER, { env: ["REGION"] })).toThrow('--env takes name=text, not "REGION"');
});

test("what containers have is read as YAML or JSON", () => {
  const code = { image: "shop:1", entry: "a.ts" };
  expect(createDocument({ ...code, container: "memory: 2g\ncpus: 0.5" })).toMatchObject({
    container: { memory: "2g", cpus: 0.5 },
  });
  const document = parseLocationDocument(createDocument({ ...code, container: '{"memory":"2g"}' }));
  expect(changeDocument(document, { container: "cpus: 1" })["container"]).toEqual({ cpus: 1 });
  expect(changeDocument(document, { queue: "gpu" })["container"]).toEqual({ memory: "2g" });
  expect(() => createDocument({ ...code, container: "memory: [2g" })).toThrow(/--container can't be read/);
});
