import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { EvaluateScheduleWork, EvaluateSensorWork } from "@millrace/model/runs/work-item";
import { findServingSnapshot, type ServingSnapshot } from "../locations/serving-snapshot.ts";
import { watchOfSensor } from "../sensors/sensor-watch.ts";
import { timeoutOfSensor } from "./instigator-rule.ts";
import { planSensorTick } from "../sensors/plan-sensor-tick.ts";
import {
  findTickEvaluation,
  requestTickEvaluation,
  TICK_EVALUATION_STATES,
  type TickEvaluation,
} from "./tick-evaluation-store.ts";
import { builder, readUuid } from "../graphql/builder.ts";
import type { UserContext } from "../graphql/context.ts";

const TickEvaluationStateType = builder.enumType("TickEvaluationState", { values: TICK_EVALUATION_STATES });

const TickEvaluationType = builder.objectRef<TickEvaluation>("TickEvaluation").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    state: t.expose("state", { type: TickEvaluationStateType }),
    result: t.expose("result", {
      type: "JSON",
      nullable: true,
      description: "A TickResult, see @millrace/model/work-item.",
    }),
    error: t.expose("error", { type: "JSON", nullable: true }),
    eventCursor: t.exposeString("eventCursor", {
      nullable: true,
      description:
        "How far a sensor on assets or runs has seen once this evaluation has succeeded: the next one goes on there. Null for others.",
    }),
  }),
});

builder.queryField("tickEvaluation", (t) =>
  t.field({
    access: "definition.view",
    type: TickEvaluationType,
    nullable: true,
    description: "The outcome of a dry run of a schedule or sensor.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { db, deploymentId }) =>
      findTickEvaluation(db, deploymentId, readUuid("id", id)),
  }),
);

builder.mutationFields((t) => ({
  evaluateSchedule: t.field({
    access: { action: "tick.test", audit: ["locationName", "name"] },
    type: TickEvaluationType,
    args: {
      locationName: t.arg.string({ required: true }),
      name: t.arg.string({ required: true }),
      at: t.arg({ type: "DateTime" }),
      lastTickAt: t.arg({
        type: "DateTime",
        description: "What its code is told of when it last ticked. Default: that it never did.",
      }),
    },
    async resolve(_root, { locationName, name, at, lastTickAt }, context) {
      const location = await getLocation(context, locationName);
      getNamed("schedule", name, location.snapshot.schedules, locationName);
      const scheduledAt = (at ?? new Date(context.clock.now())).toISOString();
      return evaluate(context, location, {
        kind: "evaluate_schedule",
        locationName,
        scheduleName: name,
        scheduledAt,
        lastTickAt: lastTickAt?.toISOString() ?? null,
      });
    },
  }),
  evaluateSensor: t.field({
    access: { action: "tick.test", audit: ["locationName", "name"] },
    type: TickEvaluationType,
    args: {
      locationName: t.arg.string({ required: true }),
      name: t.arg.string({ required: true }),
      cursor: t.arg.string(),
      eventCursor: t.arg.string({
        description:
          "Of a sensor on assets or runs, the eventCursor of an earlier evaluation. Default: it is told of the newest events only.",
      }),
      lastTickAt: t.arg({
        type: "DateTime",
        description: "What its code is told of when it was last evaluated. Default: that it never was.",
      }),
    },
    async resolve(_root, { locationName, name, cursor, eventCursor, lastTickAt }, context) {
      const { db, deploymentId } = context;
      const location = await getLocation(context, locationName);
      const sensor = getNamed("sensor", name, location.snapshot.sensors, locationName);
      const { events, eventCursor: seenThen } = await planSensorTick(
        db,
        deploymentId,
        locationName,
        watchOfSensor(sensor),
        eventCursor ?? null,
        context.pageUrl(),
      );
      return evaluate(context, location, {
        kind: "evaluate_sensor",
        locationName,
        sensorName: name,
        cursor: cursor ?? null,
        lastTickAt: lastTickAt?.toISOString() ?? null,
        timeoutSeconds: timeoutOfSensor(sensor),
        events,
        eventCursor: seenThen,
      });
    },
  }),
}));

function evaluate(
  context: UserContext,
  location: ServingSnapshot,
  work: EvaluateScheduleWork | EvaluateSensorWork,
): Promise<TickEvaluation> {
  const key = `${work.kind}:${context.ids.newId()}`;
  return requestTickEvaluation(context, context.deploymentId, location.queue, key, work);
}

async function getLocation({ db, deploymentId }: UserContext, name: string): Promise<ServingSnapshot> {
  const location = await findServingSnapshot(db, deploymentId, name);
  if (location === null) throw new UnknownDefinition(`There is no code location "${name}" that has loaded`);
  return location;
}

function getNamed<T extends { readonly name: string }>(
  kind: string,
  name: string,
  list: readonly T[],
  location: string,
): T {
  const found = list.find((item) => item.name === name);
  if (found) return found;
  throw new UnknownDefinition(`There is no ${kind} "${name}" in code location "${location}"`);
}
