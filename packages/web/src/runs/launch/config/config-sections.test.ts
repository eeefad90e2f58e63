import type { JsonSchema } from "@millrace/model/config/json-schema";
import { expect, test } from "vitest";
import { listSections, listUnshown, setSection, startConfig } from "./config-sections.ts";

const config = (properties: object, required: string[] = []) => ({
  type: "object" as const,
  properties: { config: { type: "object" as const, properties, required } as JsonSchema },
});
const schema: JsonSchema = {
  type: "object",
  properties: {
    ops: {
      type: "object",
      properties: {
        load: { ...config({ year: { type: "integer" } }, ["year"]), required: ["config"] },
        clean: config({ strict: { type: "boolean", default: true } }),
      },
      required: ["load"],
    },
    resources: { type: "object", properties: { warehouse: config({ threads: { type: "integer" } }) } },
  },
  required: ["ops"],
};
const sections = listSections(schema);

test("steps come before resources, each with its place", () => {
  expect(sections.map(({ path, required }) => [path.join("."), required])).toEqual([
    ["ops.load.config", true],
    ["ops.clean.config", false],
    ["resources.warehouse.config", false],
  ]);
});

test("a form begins with the job's own config and with the sections that must be there", () => {
  expect(startConfig(schema, { resources: { warehouse: { config: { threads: 4 } } } })).toEqual({
    resources: { warehouse: { config: { threads: 4 } } },
    ops: { load: { config: {} } },
  });
});

test("a section that is emptied leaves nothing behind", () => {
  const [, clean] = sections;
  if (!clean) throw new Error("no section");
  const filled = setSection({}, clean, { strict: false });

  expect(filled).toEqual({ ops: { clean: { config: { strict: false } } } });
  expect(setSection(filled, clean, undefined)).toEqual({});
});

test("config that no section shows is named", () => {
  expect(listUnshown(sections, { ops: { other: {}, load: {} }, loggers: {} })).toEqual([
    "ops.other",
    "loggers",
  ]);
});
