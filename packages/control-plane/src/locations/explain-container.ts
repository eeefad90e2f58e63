import { readContainerTag, type ContainerSettings } from "@millrace/model/container-settings";
import { listContainerValues, type ContainerValue } from "@millrace/model/merge-container-settings";
import { suggestNear } from "@millrace/model/near-names";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { Db } from "../database/connect.ts";
import { getDeployment } from "../deployments/deployment-store.ts";
import { findServingSnapshot } from "./serving-snapshot.ts";

/** What the tags of a run and of its job say, beneath which there are the location and the deployment. */
export interface ContainerTags {
  readonly ofJob: Tags;
  readonly ofRun: Tags;
}

type Tags = Readonly<Record<string, string>>;

/**
 * What a container would have if it was started now, and who says so. What an agent's operator says holds beneath all that, and is the agent's
 * to know.
 *
 * @param document the location's.
 * @throws InvalidContainerSettings when a tag can't be read.
 */
export async function explainContainer(
  db: Db,
  deploymentId: string,
  document: unknown,
  { ofJob, ofRun }: ContainerTags,
): Promise<ContainerValue[]> {
  const { settings } = await getDeployment(db, deploymentId);
  const { container = {} } = document as { readonly container?: ContainerSettings };
  return listContainerValues([
    { from: "deployment", settings: settings.container },
    { from: "location", settings: container },
    { from: "job", settings: readContainerTag(ofJob) },
    { from: "run", settings: readContainerTag(ofRun) },
  ]);
}

/**
 * The tags of a job that a location serves.
 *
 * @throws UnknownDefinition when it serves no such job.
 */
export async function getJobTags(
  db: Db,
  deploymentId: string,
  locationName: string,
  jobName: string,
): Promise<Tags> {
  const jobs = (await findServingSnapshot(db, deploymentId, locationName))?.jobs;
  const job = jobs?.get(jobName);
  if (job !== undefined) return job.tags;
  throw new UnknownDefinition(
    `Code location "${locationName}" serves no job "${jobName}"${suggestNear(jobName, jobs?.keys() ?? [])}`,
  );
}
