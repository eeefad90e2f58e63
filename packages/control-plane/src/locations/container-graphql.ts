import { CONTAINER_LEVELS, type ContainerValue } from "@millrace/model/merge-container-settings";
import { builder, TagInputType } from "../graphql/builder.ts";
import { CodeLocationType } from "./code-location-graphql.ts";
import { explainContainer, getJobTags } from "./explain-container.ts";

const ContainerLevelType = builder.enumType("ContainerLevel", { values: CONTAINER_LEVELS });

export const ContainerValueType = builder.objectRef<ContainerValue>("ContainerValue").implement({
  description: "One thing that a container has.",
  fields: (t) => ({
    setting: t.exposeString("setting"),
    name: t.exposeString("name", {
      nullable: true,
      description:
        "Of a variable or label its name, of a volume its folder in the container; null: the setting is one value.",
    }),
    value: t.expose("value", { type: "JSON" }),
    from: t.expose("from", { type: ContainerLevelType, description: "Who says so." }),
    overrides: t.expose("overrides", {
      type: [ContainerLevelType],
      description: "Who had said something else, the last of them first.",
    }),
  }),
});

builder.objectField(CodeLocationType, "container", (t) =>
  t.field({
    type: [ContainerValueType],
    description:
      "What the container of its code server, or of a run of the job with these tags, would have if its version was loaded now, and who says so. Beneath that there is what the agent's operator says.",
    args: { jobName: t.arg.string(), tags: t.arg({ type: [TagInputType] }) },
    async resolve({ name, document }, { jobName, tags }, { db, deploymentId }) {
      const ofJob = jobName == null ? {} : await getJobTags(db, deploymentId, name, jobName);
      const ofRun = Object.fromEntries((tags ?? []).map(({ key, value }) => [key, value]));
      return explainContainer(db, deploymentId, document, { ofJob, ofRun });
    },
  }),
);
