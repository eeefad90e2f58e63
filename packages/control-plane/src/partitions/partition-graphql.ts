import { explainUnknownName } from "@millrace/model/near-names";
import { listServingSnapshots } from "../locations/serving-snapshot.ts";
import { listDynamicNames } from "./dynamic-names.ts";
import {
  addDynamicPartitions,
  deleteDynamicPartitions,
  listDynamicPartitions,
  type DynamicPartition,
  type DynamicPartitionPage,
} from "./dynamic-partition-store.ts";
import { BadRequest } from "../api/bad-request.ts";
import { builder, readLimit } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";

const MAX_PAGE = 10_000;

const DynamicPartitionType = builder.objectRef<DynamicPartition>("DynamicPartition").implement({
  fields: (t) => ({
    key: t.exposeString("key"),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

const DynamicPartitionPageType = builder.objectRef<DynamicPartitionPage>("DynamicPartitionPage").implement({
  fields: (t) => ({
    nodes: t.field({ type: [DynamicPartitionType], resolve: ({ partitions }) => [...partitions] }),
    cursor: t.exposeString("cursor", {
      nullable: true,
      description: "Give it as `after` for the next ones. Null: there are no more.",
    }),
  }),
});

/** How many keys a mutation has added or removed. */
interface ChangedPartitions {
  readonly count: number;
}

const ChangedPartitionsType = builder
  .objectRef<ChangedPartitions>("DynamicPartitionsChanged")
  .implement({ fields: (t) => ({ count: t.exposeInt("count") }) });

const ChangeDynamicPartitionsResult = resultType("ChangeDynamicPartitionsResult", ChangedPartitionsType, [
  InvalidInput,
]);

builder.queryFields((t) => ({
  dynamicPartitionNames: t.stringList({
    access: "asset.view",
    description: "Names of the dynamic partitions that assets and jobs have.",
    resolve: async (_root, _args, { db, deploymentId }) =>
      listDynamicNames(await listServingSnapshots(db, deploymentId)),
  }),
  dynamicPartitions: t.field({
    access: "asset.view",
    type: DynamicPartitionPageType,
    description: "The keys of dynamic partitions, oldest first; none for a name that was never used.",
    args: {
      name: t.arg.string({ required: true }),
      after: t.arg.string(),
      limit: t.arg.int({ required: true, defaultValue: 1000 }),
    },
    resolve: (_root, { name, after, limit }, { db, deploymentId }) =>
      listDynamicPartitions(db, deploymentId, name, after ?? null, readLimit(limit, MAX_PAGE)),
  }),
}));

builder.mutationFields((t) => ({
  addDynamicPartitions: t.field({
    access: { action: "partition.add", audit: ["name", "keys"] },
    type: ChangeDynamicPartitionsResult.type,
    description: "Adds keys behind those that are there; one that is there already keeps its place.",
    args: { name: t.arg.string({ required: true }), keys: t.arg.stringList({ required: true }) },
    resolve: (_root, { name, keys }, { db, deploymentId }) =>
      ChangeDynamicPartitionsResult.of(async () => {
        const names = listDynamicNames(await listServingSnapshots(db, deploymentId));
        if (!names.includes(name)) {
          throw new BadRequest(
            `No asset or job has dynamic partitions named "${name}"${explainUnknownName(name, names)}`,
          );
        }
        return { count: await addDynamicPartitions(db, deploymentId, name, keys) };
      }),
  }),
  deleteDynamicPartitions: t.field({
    access: { action: "partition.delete", audit: ["name", "keys"] },
    type: ChangeDynamicPartitionsResult.type,
    description: "Removes keys; one that is not there is passed over. What is known of the partitions stays.",
    args: { name: t.arg.string({ required: true }), keys: t.arg.stringList({ required: true }) },
    resolve: (_root, { name, keys }, { db, deploymentId }) =>
      ChangeDynamicPartitionsResult.of(async () => ({
        count: await deleteDynamicPartitions(db, deploymentId, name, keys),
      })),
  }),
}));
