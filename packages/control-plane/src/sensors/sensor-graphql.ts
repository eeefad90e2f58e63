import type { Sensor } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
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
import { timeoutOfSensor } from "../ticks/instigator-rule.ts";
import { setSensorCursor } from "./set-sensor-cursor.ts";
import { watchOfSensor } from "../ticks/sensor-watch.ts";

/** A sensor and the code location that defines it. */
interface LocatedSensor extends Sensor {
  readonly locationName: string;
}

const SensorType = builder.objectRef<LocatedSensor>("Sensor").implement({
  access: "definition.view",
  fields: (t) => ({
    name: t.exposeString("name"),
    locationName: t.exposeString("locationName"),
    description: t.string({ nullable: true, resolve: ({ description }) => description ?? null }),
    kind: t.exposeString("kind"),
    watch: t.field({
      type: "JSON",
      nullable: true,
      description:
        "A SensorWatch, see @millrace/model/sensed-events; null for a sensor that looks by itself, whatever happens.",
      resolve: watchOfSensor,
    }),
    minimumIntervalSeconds: t.exposeFloat("minimumIntervalSeconds"),
    jobNames: t.exposeStringList("jobNames"),
    timeoutSeconds: t.float({
      description: "Seconds that one evaluation may take.",
      resolve: timeoutOfSensor,
    }),
    runningByDefault: t.exposeBoolean("runningByDefault"),
    state: t.field({
      type: InstigatorStateType,
      resolve: async ({ locationName, name, runningByDefault }, _args, context) => ({
        state: await instigatorStateLoader(context).load(instigatorKey(locationName, "sensor", name)),
        runningByDefault,
      }),
    }),
  }),
});

builder.objectField(CodeLocationType, "sensors", (t) =>
  t.field({
    type: [SensorType],
    async resolve({ name }, _args, context) {
      const serving = await servingSnapshotLoader(context).load(name);
      return serving === null ? [] : listSensors(serving);
    },
  }),
);

builder.queryFields((t) => ({
  sensors: t.field({
    access: "definition.view",
    type: [SensorType],
    resolve: async (_root, _args, { db, deploymentId }) =>
      (await listServingSnapshots(db, deploymentId)).flatMap(listSensors),
  }),
  sensor: t.field({
    access: "definition.view",
    type: SensorType,
    nullable: true,
    args: { locationName: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
    resolve: (_root, { locationName, name }, context) => findSensor(context, locationName, name),
  }),
}));

builder.mutationFields((t) => {
  const switchTo = (description: string, switched: SwitchedTo | null) =>
    t.field({
      access: { action: "sensor.toggle", audit: ["locationName", "name"] },
      type: SensorType,
      nullable: true,
      description,
      args: { locationName: t.arg.string({ required: true }), name: t.arg.string({ required: true }) },
      async resolve(_root, { locationName, name }, context) {
        const { db, deploymentId } = context;
        await switchInstigator(db, { deploymentId, locationName, kind: "sensor", name }, switched);
        return findSensor(context, locationName, name);
      },
    });
  return {
    startSensor: switchTo("Lets it tick from now on, whatever its definition says.", "running"),
    stopSensor: switchTo("Lets it tick no more; a tick that is evaluated counts.", "stopped"),
    resetSensor: switchTo("Lets it tick, or not, as its definition says.", null),
    setSensorCursor: t.field({
      access: { action: "sensor.cursor", audit: ["locationName", "name"] },
      type: SensorType,
      nullable: true,
      description: "Sets what its next evaluation is told as its cursor; null: none, as at first.",
      args: {
        locationName: t.arg.string({ required: true }),
        name: t.arg.string({ required: true }),
        cursor: t.arg.string(),
      },
      async resolve(_root, { locationName, name, cursor }, context) {
        const { db, deploymentId } = context;
        await setSensorCursor(db, { deploymentId, locationName, name }, cursor ?? null);
        return findSensor(context, locationName, name);
      },
    }),
  };
});

/** All sensors of a code location. */
function listSensors({ locationName, snapshot }: ServingSnapshot): LocatedSensor[] {
  return snapshot.sensors.map((sensor) => ({ ...sensor, locationName }));
}

async function findSensor(
  { db, deploymentId }: UserContext,
  locationName: string,
  name: string,
): Promise<LocatedSensor | null> {
  const serving = await findServingSnapshot(db, deploymentId, locationName);
  const found = serving === null ? [] : listSensors(serving);
  return found.find((sensor) => sensor.name === name) ?? null;
}
