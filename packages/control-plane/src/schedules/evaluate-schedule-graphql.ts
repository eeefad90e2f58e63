import { builder } from "../graphql/builder.ts";
import {
  evaluateByHand,
  getLocation,
  getNamed,
  TickEvaluationType,
} from "../ticks/tick-evaluation-graphql.ts";

builder.mutationField("evaluateSchedule", (t) =>
  t.field({
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
      return evaluateByHand(context, location, {
        kind: "evaluate_schedule",
        locationName,
        scheduleName: name,
        scheduledAt,
        lastTickAt: lastTickAt?.toISOString() ?? null,
      });
    },
  }),
);
