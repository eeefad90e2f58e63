import { explainUnknownName } from "@millrace/model/near-names";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Job } from "../../jobs/job.ts";
import { isTargetJob } from "../../jobs/target-job.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";

export function findJob(definitions: ResolvedDefinitions, jobName: string): Job | null {
  if (jobName === ASSET_JOB) return null;
  const job = definitions.jobs.get(jobName);
  if (job) return job;
  const named = [...definitions.jobs.keys()].filter((name) => !isTargetJob(name));
  const hint = explainUnknownName(jobName, named);
  throw new InvalidRunRequest("unknown_job", `There is no job "${jobName}"${hint}`);
}
