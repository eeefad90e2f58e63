import type { JsonSchema } from "@millrace/model/config/json-schema";
import { expect, test } from "vitest";
import { z } from "zod";
import { listFields } from "./list-fields.ts";

test("the fields are listed with their types", () => {
  const schema = z.object({
    ops: z.object({
      flights: z.object({
        config: z.object({
          year: z.number().int().default(2001),
          carrier: z.enum(["AA", "UA"]).describe("Two letters"),
          tags: z.array(z.string()).nullable(),
          limits: z.record(z.string(), z.number()).optional(),
        }),
      }),
    }),
  });
  const at = (name: string) => `ops.flights.config.${name}`;

  expect(listFields(z.toJSONSchema(schema, { io: "input" }) as JsonSchema)).toEqual([
    { path: at("year"), type: "integer", required: false, description: null },
    { path: at("carrier"), type: '"AA" | "UA"', required: true, description: "Two letters" },
    { path: at("tags"), type: "list of text | null", required: true, description: null },
    { path: at("limits"), type: "number by name", required: false, description: null },
  ]);
});

test("a schema that refers to itself ends", () => {
  const root: JsonSchema = { type: "object", properties: { next: { $ref: "#" }, name: { type: "string" } } };
  expect(listFields(root).length).toBeLessThan(20);
});
