import { builder } from "../graphql/builder.ts";
import {
  evaluateByHand,
  getLocation,
  getNamed,
  TickEvaluationType,
} from "../ticks/tick-evaluation-graphql.ts";
import { timeoutOfSensor } from "../ticks/instigator-rule.ts";
import { watchOfSensor } from "../ticks/sensor-watch.ts";
import { planSensorTick } from "./plan-sensor-tick.ts";

builder.mutationField("evaluateSensor", (t) =>
  t.field({
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
      return evaluateByHand(context, location, {
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
);
