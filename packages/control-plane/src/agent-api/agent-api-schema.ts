import type { GraphQLSchema } from "graphql";
import { guardTexts } from "../api/guard-texts.ts";
import { builder } from "./agent-api-builder.ts";
import "./agent-graphql.ts";
import "./asset-state-graphql.ts";
import "./attempt-graphql.ts";
import "./deployment-graphql.ts";
import "./instance-graphql.ts";
import "./location-graphql.ts";
import "./pool-slot-graphql.ts";
import "./work-graphql.ts";

/** What agents and run workers ask of the control plane; equal to packages/protocol/agent-api/schema.graphql. */
export const agentApiSchema: GraphQLSchema = guardTexts(builder.toSchema({ sortSchema: false }), {
  unstorable: "replace",
});
