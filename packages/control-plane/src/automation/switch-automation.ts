import { topics } from "@millrace/model/topic";
import { sql } from "kysely";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { getDeployment, updateDeploymentSettings } from "../deployments/deployment-store.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { readCondition } from "./automation-assets.ts";
import { readServedPlan } from "./served-plan.ts";

/** A group of assets, some of which have conditions. */
export interface AutomationGroup {
  readonly name: string;
  /** How many of its assets and their checks have a condition. */
  readonly conditions: number;
  /** Why some of them can't be read. */
  readonly problems: readonly string[];
  readonly isOn: boolean;
}

/** Whether conditions are evaluated. */
export interface AutomationSwitches {
  /** False: none, whatever is said of groups. */
  readonly isOn: boolean;
  /** By name. */
  readonly groups: readonly AutomationGroup[];
  /** Why conditions of jobs, which are of no group, can't be read. */
  readonly jobProblems: readonly string[];
}

/** Whether the conditions of a deployment are evaluated, and those of each group of assets that has some. */
export async function readSwitches(db: Db, deploymentId: string): Promise<AutomationSwitches> {
  const { catalog, isOn, offGroups } = await readServedPlan(db, deploymentId);
  const groups = new Map<string, { conditions: number; problems: string[] }>();
  for (const { definition, checks } of catalog.assets.values())
    for (const described of [definition, ...checks]) {
      const read = readCondition(described);
      if (read === null) continue;
      const group = groups.get(definition.group) ?? { conditions: 0, problems: [] };
      groups.set(definition.group, group);
      group.conditions++;
      if (read.problem !== null) group.problems.push(`${definition.key}: ${read.problem}`);
    }
  const listed = [...groups].map(([name, group]) => ({ name, ...group, isOn: !offGroups.has(name) }));
  const jobProblems = catalog.locations.flatMap(({ locationName, snapshot }) =>
    snapshot.jobs.flatMap((job) => {
      const problem = readCondition(job)?.problem ?? null;
      return problem === null ? [] : [`Job ${job.name} of ${locationName}: ${problem}`];
    }),
  );
  return { isOn, jobProblems, groups: listed.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/**
 * Switches the conditions of a group of assets on or off, or those of the whole deployment.
 *
 * @param group null: the deployment.
 * @throws BadRequest for a group without any condition.
 */
export async function switchAutomation(
  db: Db,
  deploymentId: string,
  group: string | null,
  isOn: boolean,
): Promise<AutomationSwitches> {
  const known = await readSwitches(db, deploymentId);
  if (group !== null && !known.groups.some(({ name }) => name === group))
    throw new BadRequest(`No asset of the group "${group}" has a condition`);
  await inTransaction(db, async (trx) => {
    // Two that are switched at once are both switched.
    await sql`select from deployment where id = ${deploymentId} for no key update`.execute(trx);
    const { settings } = await getDeployment(trx, deploymentId);
    const others = settings.automationOffGroups.filter((name) => name !== group);
    await updateDeploymentSettings(
      trx,
      deploymentId,
      group === null
        ? { ...settings, automationEnabled: isOn }
        : { ...settings, automationOffGroups: isOn ? others : [...others, group] },
    );
    await notifyChange(trx, topics.assets(deploymentId));
  });
  return readSwitches(db, deploymentId);
}
