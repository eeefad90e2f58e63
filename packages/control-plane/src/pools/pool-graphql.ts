import { getDeployment } from "../deployments/deployment-store.ts";
import { builder } from "../graphql/builder.ts";
import { resultType } from "../graphql/expected-failure.ts";
import { InvalidInput } from "../graphql/invalid-input.ts";
import { listServingSnapshots } from "../locations/serving-snapshot.ts";
import { RunType } from "../runs/run-graphql.ts";
import { runLoader } from "../runs/run-loaders.ts";
import type { Db } from "../database/connect.ts";
import { listPools, setPoolLimit, type Pool, type PoolClaim } from "./pool-store.ts";

const PoolClaimType = builder.objectRef<PoolClaim>("PoolClaim").implement({
  fields: (t) => ({
    run: t.field({
      type: RunType,
      nullable: true,
      resolve: ({ runId }, _args, context) => runLoader(context).load(runId),
    }),
    stepKey: t.exposeString("stepKey", {
      nullable: true,
      description: "Null where the limit counts runs.",
    }),
    since: t.expose("since", { type: "DateTime" }),
  }),
});

const PoolType = builder.objectRef<Pool>("Pool").implement({
  access: "run.view",
  fields: (t) => ({
    name: t.exposeString("name"),
    limit: t.exposeInt("limit", {
      nullable: true,
      description: "How many slots it has; null: as many as are asked for.",
    }),
    isDefault: t.exposeBoolean("isDefault", {
      description: "Whether the limit is the deployment's `pool_default_limit`, as nobody has set one.",
    }),
    granularity: t.exposeString("granularity", {
      description: "What the limit counts: `op`, the steps, or `run`, the runs with a step of the pool.",
    }),
    holders: t.expose("holders", { type: [PoolClaimType], description: "At most a thousand." }),
    waiting: t.expose("waiting", {
      type: [PoolClaimType],
      description: "Steps that wait for a slot, who gets the next one at the front. At most a thousand.",
    }),
  }),
});

builder.queryFields((t) => ({
  pools: t.field({
    access: "run.view",
    type: [PoolType],
    description: "Pools that steps name, that have a limit, or of whose slots somebody has one.",
    args: { name: t.arg.string({ description: "Only this one." }) },
    resolve: (_root, { name }, context) => findPools(context, name ?? null),
  }),
}));

const SetPoolLimitResult = resultType("SetPoolLimitResult", PoolType, [InvalidInput]);

builder.mutationFields((t) => ({
  setPoolLimit: t.field({
    access: { action: "settings.edit", audit: ["name", "limit"] },
    type: SetPoolLimitResult.type,
    description: "Sets how many slots a pool has. It need not be known: a step may name it later.",
    args: {
      name: t.arg.string({ required: true }),
      limit: t.arg.int({ description: "0 or more; null: the deployment's `pool_default_limit`." }),
    },
    resolve: (_root, { name, limit }, context) =>
      SetPoolLimitResult.of(async () => {
        await setPoolLimit(context.db, context.deploymentId, name, limit ?? null);
        const [pool] = await findPools(context, name);
        if (pool === undefined) throw new Error(`Pool ${name} was just set`);
        return pool;
      }),
  }),
}));

async function findPools(
  { db, deploymentId }: { readonly db: Db; readonly deploymentId: string },
  name: string | null,
): Promise<Pool[]> {
  const { settings } = await getDeployment(db, deploymentId);
  if (name !== null)
    return (await listPools(db, deploymentId, settings, [name])).filter((pool) => pool.name === name);
  const locations = await listServingSnapshots(db, deploymentId);
  const named = locations.flatMap(({ snapshot }) =>
    snapshot.jobs.flatMap(({ steps }) => steps.flatMap(({ pool }) => pool ?? [])),
  );
  return listPools(db, deploymentId, settings, new Set(named));
}
