import SchemaBuilder from "@pothos/core";
import { Kind } from "graphql";
import { readJsonLiteral } from "../api/json-scalar.ts";
import "../access/access-plugin.ts";
import { agentApiGuard, type AgentApiAccess } from "./guard-agent-api.ts";
import type { AgentApiContext } from "./agent-api-context.ts";
import { BadRequest } from "../api/bad-request.ts";

/** Builds the agent API; the files beside this one add a noun each. */
export const builder = new SchemaBuilder<{
  Context: AgentApiContext;
  Access: AgentApiAccess;
  MutationAccess: AgentApiAccess;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: true;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    Base64: { Input: Buffer; Output: Buffer };
  };
}>({
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  plugins: ["access"],
  access: agentApiGuard,
});

builder.scalarType("JSON", {
  description: "Any JSON value. Unknown fields inside are kept.",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: readJsonLiteral,
});

builder.scalarType("Base64", {
  description: "Bytes as base64 text.",
  serialize: (value) => value.toString("base64"),
  parseValue: readBase64,
  parseLiteral: (node) => readBase64(node.kind === Kind.STRING ? node.value : undefined),
});

builder.queryType({
  fields: (t) => ({
    agentApiVersion: t.string({
      access: "anyone",
      description: "Version of this API; it rises when something is added.",
      resolve: () => "1",
    }),
  }),
});
builder.mutationType({});

/** How long a request may be held, whatever it asks for; proxies cut what is silent for longer. */
const MAX_WAIT_MS = 60_000;

/** Reads the `waitMs` of a held request. */
export function readWaitMs(waitMs: number): number {
  if (waitMs < 0) throw new BadRequest("`waitMs` must be 0 or more");
  return Math.min(waitMs, MAX_WAIT_MS);
}

/** Reads an id that the database keeps as a UUID; anything else names nothing, and says so. */
export function readUuid(name: string, text: string): string {
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text))
    throw new BadRequest(`\`${name}\` must be a UUID, not "${text.slice(0, 80)}"`);
  return text.toLowerCase();
}

function readBase64(value: unknown): Buffer {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    throw new BadRequest("Base64 text was expected");
  return Buffer.from(value, "base64");
}
