import { UnknownThing } from "../../graphql/unknown-thing.ts";
import { listNamedSnapshots } from "../../locations/serving-snapshot.ts";
import { describeLaunch, type LaunchDescription } from "./describe-launch.ts";
import { builder } from "../../graphql/builder.ts";
import { resultType } from "../../graphql/expected-failure.ts";

const LaunchDescriptionType = builder.objectRef<LaunchDescription>("LaunchDescription").implement({
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

const LaunchDescriptionResult = resultType("LaunchDescriptionResult", LaunchDescriptionType, [UnknownThing]);

builder.queryField("launchDescription", (t) =>
  t.field({
    access: "definition.view",
    type: LaunchDescriptionResult.type,
    description: "What launching a job, or assets without one, asks for: partitions and run config.",
    args: {
      locationName: t.arg.string(),
      jobName: t.arg.string(),
      assetSelection: t.arg.stringList(),
    },
    resolve: (_root, { locationName = null, jobName = null, assetSelection = null }, { db, deploymentId }) =>
      LaunchDescriptionResult.of(async () => {
        const locations = await listNamedSnapshots(db, deploymentId, locationName);
        return describeLaunch(locations, { locationName, jobName, assetSelection });
      }),
  }),
);
