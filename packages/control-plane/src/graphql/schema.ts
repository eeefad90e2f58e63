import type { GraphQLSchema } from "graphql";
import { builder } from "./builder.ts";
import "./deployment-graphql.ts";
import "./run-graphql.ts";
import "./launch-graphql.ts";
import "./launch-partitions-graphql.ts";
import "./launch-description-graphql.ts";
import "./reexecution-graphql.ts";
import "./asset-graphql.ts";
import "./partition-graphql.ts";
import "./asset-graph-graphql.ts";
import "./code-location-graphql.ts";
import "./tick-graphql.ts";
import "./agent-graphql.ts";
import "./change-graphql.ts";

/** What the web app and the command line ask of the control plane; printed, it is packages/control-plane/graphql/schema.graphql. */
export const userSchema: GraphQLSchema = builder.toSchema({ sortSchema: false });
