import packageJson from "../../package.json" with { type: "json" };
import { getDeployment, updateDeploymentSettings, type Deployment } from "./deployment-store.ts";
import { formatDeploymentSettings, InvalidDeploymentSettings, parseSettingsInput } from "./settings.ts";
import { builder } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";

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

const SetDeploymentSettingsResult = resultType("SetDeploymentSettingsResult", DeploymentType, [
  { ...InvalidInput, classes: [InvalidDeploymentSettings] },
]);

builder.mutationFields((t) => ({
  setDeploymentSettings: t.field({
    access: { action: "settings.edit", audit: ["settings"] },
    type: SetDeploymentSettingsResult.type,
    args: { settings: t.arg({ type: "JSON", required: true }) },
    resolve: (_root, { settings }, { db, deploymentId }) =>
      SetDeploymentSettingsResult.of(() =>
        updateDeploymentSettings(db, deploymentId, parseSettingsInput(settings)),
      ),
  }),
}));
