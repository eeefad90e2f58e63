import { explainUnknownName } from "@millrace/model/near-names";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { EvaluateScheduleWork, EvaluateSensorWork } from "@millrace/model/runs/work-item";
import {
  findServingSnapshot,
  listServingSnapshots,
  type ServingSnapshot,
} from "../locations/serving-snapshot.ts";
import { throwUnknownLocation } from "../runs/launch/find-launched.ts";
import {
  findTickEvaluation,
  requestTickEvaluation,
  TICK_EVALUATION_STATES,
  type TickEvaluation,
} from "./tick-evaluation-store.ts";
import { builder, readUuid } from "../graphql/builder.ts";
import type { UserContext } from "../graphql/context.ts";

const TickEvaluationStateType = builder.enumType("TickEvaluationState", { values: TICK_EVALUATION_STATES });

export const TickEvaluationType = builder.objectRef<TickEvaluation>("TickEvaluation").implement({
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

/** Asks for an evaluation by hand of a schedule or sensor of a code location. */
export function evaluateByHand(
  context: UserContext,
  location: ServingSnapshot,
  work: EvaluateScheduleWork | EvaluateSensorWork,
): Promise<TickEvaluation> {
  const key = `${work.kind}:${context.ids.newId()}`;
  return requestTickEvaluation(context, context.deploymentId, location.queue, key, work);
}

/** The code location. @throws UnknownDefinition when there is none that has loaded */
export async function getLocation({ db, deploymentId }: UserContext, name: string): Promise<ServingSnapshot> {
  const location = await findServingSnapshot(db, deploymentId, name);
  return location ?? throwUnknownLocation(name, await listServingSnapshots(db, deploymentId));
}

/** The one that has the name. @throws UnknownDefinition */
export function getNamed<T extends { readonly name: string }>(
  kind: string,
  name: string,
  list: readonly T[],
  location: string,
): T {
  const found = list.find((item) => item.name === name);
  if (found) return found;
  throw new UnknownDefinition(
    `There is no ${kind} "${name}" in code location "${location}"${explainUnknownName(
      name,
      list.map((item) => item.name),
    )}`,
  );
}
