import type { LocationDocument } from "@millrace/model/location-document";
import { expect, test } from "vitest";
import { changeDocument } from "./location-document.ts";

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
