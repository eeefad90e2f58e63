import DataLoader from "dataloader";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { findRuns, findWorkers, type Run, type RunWorker } from "./run-store.ts";

/** Runs by id; null for one that is not there. */
export const runLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, Run | null>(async (ids) =>
      inOrder(ids, await findRuns(db, deploymentId, ids), null),
    ),
);

/** Where the newest attempt of a run is executed, by the run's id; null before one has begun. */
export const workerLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, RunWorker | null>(async (ids) =>
      inOrder(ids, await findWorkers(db, deploymentId, ids), null),
    ),
);
