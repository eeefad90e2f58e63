import type { AutomationPlan } from "@millrace/model/automation/automation-plan";
import { getAssetCatalog, type AssetCatalog } from "../assets/catalog/asset-catalog.ts";
import type { Db } from "../database/connect.ts";
import { getDeployment } from "../deployments/deployment-store.ts";
import { planOf } from "./automation-assets.ts";

/** What is to be evaluated of a deployment. */
export interface ServedPlan {
  readonly catalog: AssetCatalog;
  /** Without the conditions of groups that are switched off. */
  readonly plan: AutomationPlan;
  /** False: nothing of it is evaluated. */
  readonly isOn: boolean;
  /** Groups of assets whose conditions are switched off. */
  readonly offGroups: ReadonlySet<string>;
}

/** The conditions of what is served now, as far as the deployment's settings let them be evaluated. */
export async function readServedPlan(db: Db, deploymentId: string): Promise<ServedPlan> {
  const { settings } = await getDeployment(db, deploymentId);
  const catalog = await getAssetCatalog(db, deploymentId);
  const { automationEnabled: isOn, automationOffGroups } = settings;
  return {
    catalog,
    plan: planOf(catalog, automationOffGroups),
    isOn,
    offGroups: new Set(automationOffGroups),
  };
}
