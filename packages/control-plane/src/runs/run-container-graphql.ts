import { builder } from "../graphql/builder.ts";
import { ContainerValueType } from "../locations/container-graphql.ts";
import { explainRunContainer } from "./explain-run-container.ts";
import { RunType } from "./run-graphql.ts";

builder.objectField(RunType, "container", (t) =>
  t.field({
    type: [ContainerValueType],
    description:
      "What its container has where it runs in one, and who says so: the deployment and the job as of now, the location as of the run's version.",
    resolve: (run, _args, { db }) => explainRunContainer(db, run),
  }),
);
