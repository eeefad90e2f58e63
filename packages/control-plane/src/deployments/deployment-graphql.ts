import packageJson from "../../package.json" with { type: "json" };
import { getDeployment, updateDeploymentSettings, type Deployment } from "./deployment-store.ts";
import { InvalidDeploymentSettings, formatDeploymentSettings, parseSettingsInput } from "./settings.ts";
import { builder, InvalidInput, InvalidInputType } from "../graphql/builder.ts";

export const DeploymentType = builder.objectRef<Deployment>("Deployment").implement({
  access: "deployment.view",
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    settings: t.field({
      type: "JSON",
      description: "max_concurrent_runs and the like, defaults filled in.",
      resolve: ({ settings }) => formatDeploymentSettings(settings),
    }),
  }),
});

builder.queryFields((t) => ({
  version: t.string({ access: "deployment.view", resolve: () => packageJson.version }),
  deployment: t.field({
    access: "deployment.view",
    type: DeploymentType,
    resolve: (_root, _args, { db, deploymentId }) => getDeployment(db, deploymentId),
  }),
}));

const SetDeploymentSettingsResult = builder.unionType("SetDeploymentSettingsResult", {
  types: [DeploymentType, InvalidInputType],
  resolveType: (value) => (value instanceof InvalidInput ? InvalidInputType : DeploymentType),
});

builder.mutationFields((t) => ({
  setDeploymentSettings: t.field({
    access: { action: "settings.edit", audit: ["settings"] },
    type: SetDeploymentSettingsResult,
    args: { settings: t.arg({ type: "JSON", required: true }) },
    async resolve(_root, { settings }, { db, deploymentId }) {
      try {
        return await updateDeploymentSettings(db, deploymentId, parseSettingsInput(settings));
      } catch (error) {
        if (error instanceof InvalidDeploymentSettings) return new InvalidInput(error.message);
        throw error;
      }
    },
  }),
}));
