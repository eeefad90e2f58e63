import type { GraphQLSchema } from "graphql";
import { guardTexts } from "../api/guard-texts.ts";
import { builder } from "../graphql/builder.ts";
import "../deployments/deployment-graphql.ts";
import "../runs/run-graphql.ts";
import "../runs/run-container-graphql.ts";
import "../runs/steps/step-graphql.ts";
import "../logs/log-graphql.ts";
import "../runs/launch/launch-graphql.ts";
import "../backfills/backfill-changes-graphql.ts";
import "../runs/launch/launch-description-graphql.ts";
import "../runs/reexecution/reexecution-graphql.ts";
import "../assets/asset-graphql.ts";
import "../assets/report/report-graphql.ts";
import "../assets/removal/removal-graphql.ts";
import "../automation/automation-graphql.ts";
import "../partitions/partition-graphql.ts";
import "../pools/pool-graphql.ts";
import "../bulk/bulk-graphql.ts";
import "../run-queue/run-wait-graphql.ts";
import "../assets/asset-graph-graphql.ts";
import "../locations/code-location-graphql.ts";
import "../locations/sync-locations-graphql.ts";
import "../locations/container-graphql.ts";
import "../jobs/job-graphql.ts";
import "../schedules/schedule-graphql.ts";
import "../sensors/sensor-graphql.ts";
import "../schedules/evaluate-schedule-graphql.ts";
import "../sensors/evaluate-sensor-graphql.ts";
import "../ticks/tick-evaluation-graphql.ts";
import "../agents/agent-graphql.ts";
import "../daemons/daemon-graphql.ts";
import "./change-graphql.ts";

/** What the web app and the command line ask of the control plane; printed, it is packages/control-plane/graphql/schema.graphql. */
export const userSchema: GraphQLSchema = guardTexts(builder.toSchema({ sortSchema: false }), {
  unstorable: "refuse",
});
