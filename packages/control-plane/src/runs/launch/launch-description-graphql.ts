import { listNamedSnapshots } from "../../locations/serving-snapshot.ts";
import { describeLaunch, type LaunchDescription } from "./describe-launch.ts";
import { UnknownDefinition } from "./launch-error.ts";
import { builder } from "../../graphql/builder.ts";
import { UnknownDefinitionType } from "./launch-graphql.ts";

interface Described extends LaunchDescription {
  readonly kind: "described";
}
interface Unknown {
  readonly kind: "unknown_definition";
  readonly message: string;
}

const LaunchDescriptionType = builder.objectRef<Described>("LaunchDescription").implement({
  description: "What launching something asks for.",
  fields: (t) => ({
    locationName: t.exposeString("locationName"),
    jobName: t.exposeString("jobName"),
    configSchema: t.field({
      type: "JSON",
      description: "JSON Schema of the run config: of the steps that would run and the resources they need.",
      resolve: ({ configSchema }): unknown => configSchema,
    }),
    defaultConfig: t.field({ type: "JSON", resolve: ({ defaultConfig }): unknown => defaultConfig }),
    partitions: t.field({
      type: ["JSON"],
      description:
        "The different partitions of what would run, see @millrace/model/partitions/definition; a key must be one of each.",
      resolve: ({ partitions }): readonly unknown[] => partitions,
    }),
  }),
});

const LaunchDescriptionResult = builder.unionType("LaunchDescriptionResult", {
  types: [LaunchDescriptionType, UnknownDefinitionType],
  resolveType: ({ kind }) => (kind === "described" ? LaunchDescriptionType : UnknownDefinitionType),
});

builder.queryField("launchDescription", (t) =>
  t.field({
    access: "definition.view",
    type: LaunchDescriptionResult,
    description: "What launching a job, or assets without one, asks for: partitions and run config.",
    args: {
      locationName: t.arg.string(),
      jobName: t.arg.string(),
      assetSelection: t.arg.stringList(),
    },
    async resolve(_root, args, { db, deploymentId }): Promise<Described | Unknown> {
      const locations = await listNamedSnapshots(db, deploymentId, args.locationName ?? null);
      try {
        const description = describeLaunch(locations, {
          locationName: args.locationName ?? null,
          jobName: args.jobName ?? null,
          assetSelection: args.assetSelection ?? null,
        });
        return { kind: "described", ...description };
      } catch (error) {
        if (error instanceof UnknownDefinition) return { kind: "unknown_definition", message: error.message };
        throw error;
      }
    },
  }),
);
