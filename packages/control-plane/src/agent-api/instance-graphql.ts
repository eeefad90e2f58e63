import {
  addDynamicPartitions,
  deleteDynamicPartitions,
  listDynamicPartitions,
  type DynamicPartitionPage,
} from "../partitions/dynamic-partition-store.ts";
import { isCurrentAttempt } from "../runs/attempts/attempt-store.ts";
import { AttemptSuperseded } from "../runs/run-errors.ts";
import { builder } from "./agent-api-builder.ts";

/** Keys that one answer holds. */
const PAGE = 10_000;

const DynamicPartitionKeysType = builder.objectRef<DynamicPartitionPage>("DynamicPartitionKeys").implement({
  fields: (t) => ({
    keys: t.stringList({ resolve: ({ partitions }) => partitions.map(({ key }) => key) }),
    cursor: t.exposeString("cursor", {
      nullable: true,
      description: "Give it as `after` for the next ones. Null: there are no more.",
    }),
  }),
});

builder.queryFields((t) => ({
  dynamicPartitions: t.field({
    access: "reader",
    type: DynamicPartitionKeysType,
    description:
      "With the token of a run or a tick: keys of dynamic partitions of its deployment, oldest first.",
    args: {
      runId: t.arg.id({ required: false }),
      attempt: t.arg.int({ required: false }),
      name: t.arg.string(),
      after: t.arg.string({ required: false }),
    },
    resolve: (_root, { name, after }, { db, caller }) =>
      listDynamicPartitions(db, caller.deploymentId, name, after ?? null, PAGE),
  }),
}));

builder.mutationFields((t) => ({
  addDynamicPartitions: t.int({
    access: "open run",
    description: "With a run token: adds keys behind those that are there, and answers how many were new.",
    args: { runId: t.arg.id(), attempt: t.arg.int(), name: t.arg.string(), keys: t.arg.stringList() },
    async resolve(_root, { runId, attempt, name, keys }, context) {
      if (!(await isCurrentAttempt(context.db, runId, attempt))) throw new AttemptSuperseded(runId, attempt);
      return addDynamicPartitions(context.db, context.caller.deploymentId, name, keys);
    },
  }),
  deleteDynamicPartitions: t.int({
    access: "open run",
    description: "With a run token: removes keys, and answers how many were there.",
    args: { runId: t.arg.id(), attempt: t.arg.int(), name: t.arg.string(), keys: t.arg.stringList() },
    async resolve(_root, { runId, attempt, name, keys }, context) {
      if (!(await isCurrentAttempt(context.db, runId, attempt))) throw new AttemptSuperseded(runId, attempt);
      return deleteDynamicPartitions(context.db, context.caller.deploymentId, name, keys);
    },
  }),
}));
