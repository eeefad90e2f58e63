import type { Schedule } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { builder } from "../graphql/builder.ts";
import { CodeLocationType } from "../locations/code-location-graphql.ts";
import { servingSnapshotLoader } from "../locations/serving-snapshot-loader.ts";
import type { UserContext } from "../graphql/context.ts";
import {
  findServingSnapshot,
  listServingSnapshots,
  type ServingSnapshot,
} from "../locations/serving-snapshot.ts";
import { InstigatorStateType } from "../ticks/instigator-graphql.ts";
import { instigatorKey, instigatorStateLoader } from "../ticks/instigator-state.ts";
import type { SwitchedTo } from "../ticks/plan-instigators.ts";
import { switchInstigator } from "../ticks/switch-instigator.ts";

/** A schedule and the code location that defines it. */
interface LocatedSchedule extends Schedule {
  readonly locationName: string;
}

const ScheduleType = builder.objectRef<LocatedSchedule>("Schedule").implement({
  access: "definition.view",
  fields: (t) => ({
    name: t.exposeString("name"),
    locationName: t.exposeString("locationName"),
    description: t.string({ nullable: true, resolve: ({ description }) => description ?? null }),
    cron: t.exposeStringList("cron"),
    timezone: t.exposeString("timezone"),
    jobName: t.exposeString("jobName"),
    runningByDefault: t.exposeBoolean("runningByDefault"),
    catchup: t.field({
      type: "JSON",
      description: "Which missed ticks are made up for: `skip`, `latest` or `{ all: … }`.",
      resolve: ({ catchup }): unknown => (catchup === undefined ? "latest" : JSON.parse(catchup)),
    }),
    state: t.field({
      type: InstigatorStateType,
      resolve: async ({ locationName, name, runningByDefault }, _args, context) => ({
        state: await instigatorStateLoader(context).load(instigatorKey(locationName, "schedule", name)),
        runningByDefault,
      }),
    }),
  }),
});

builder.objectField(CodeLocationType, "schedules", (t) =>
  t.field({
    type: [ScheduleType],
    async resolve({ name }, _args, context) {
      const serving = await servingSnapshotLoader(context).load(name);
      return serving === null ? [] : listSchedules(serving);
    },
  }),
);

builder.queryFields((t) => ({
  schedules: t.field({
    access: "definition.view",
    type: [ScheduleType],
    resolve: async (_root, _args, { db, deploymentId }) =>
      (await listServingSnapshots(db, deploymentId)).flatMap(listSchedules),
  }),
  schedule: t.field({
    access: "definition.view",
    type: ScheduleType,
    nullable: true,
    args: { locationName: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
    resolve: (_root, { locationName, name }, context) => findSchedule(context, locationName, name),
  }),
}));

builder.mutationFields((t) => {
  const switchTo = (description: string, switched: SwitchedTo | null) =>
    t.field({
      access: { action: "schedule.toggle", audit: ["locationName", "name"] },
      type: ScheduleType,
      nullable: true,
      description,
      args: { locationName: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
      async resolve(_root, { locationName, name }, context) {
        const { db, deploymentId } = context;
        await switchInstigator(db, { deploymentId, locationName, kind: "schedule", name }, switched);
        return findSchedule(context, locationName, name);
      },
    });
  return {
    startSchedule: switchTo("Lets it tick from now on, whatever its definition says.", "running"),
    stopSchedule: switchTo("Lets it tick no more; a tick that is evaluated counts.", "stopped"),
    resetSchedule: switchTo("Lets it tick, or not, as its definition says.", null),
  };
});

/** All schedules of a code location. */
function listSchedules({ locationName, snapshot }: ServingSnapshot): LocatedSchedule[] {
  return snapshot.schedules.map((schedule) => ({ ...schedule, locationName }));
}

async function findSchedule(
  { db, deploymentId }: UserContext,
  locationName: string,
  name: string,
): Promise<LocatedSchedule | null> {
  const serving = await findServingSnapshot(db, deploymentId, locationName);
  const found = serving === null ? [] : listSchedules(serving);
  return found.find((schedule) => schedule.name === name) ?? null;
}
