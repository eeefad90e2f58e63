import type { ContainerValue } from "@millrace/model/merge-container-settings";
import type { Db } from "../database/connect.ts";
import { explainContainer } from "../locations/explain-container.ts";
import { findServingSnapshot } from "../locations/serving-snapshot.ts";
import type { Run } from "./run-store.ts";

/** What is explained of the container of a run: with the document that its version was made from. */
export async function explainRunContainer(
  db: Db,
  run: Pick<Run, "deploymentId" | "locationName" | "locationVersionId" | "jobName" | "tags">,
): Promise<ContainerValue[]> {
  const { deploymentId, locationName, jobName, tags } = run;
  const version =
    run.locationVersionId === null
      ? undefined
      : await db
          .selectFrom("location_version")
          .select("document")
          .where("id", "=", run.locationVersionId)
          .executeTakeFirst();
  const serving = await findServingSnapshot(db, deploymentId, locationName);
  const ofJob = serving?.jobs.get(jobName)?.tags ?? {};
  return explainContainer(db, deploymentId, version?.document ?? {}, { ofJob, ofRun: tags });
}
