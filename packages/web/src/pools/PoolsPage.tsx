import { Code, Group, Stack, Text } from "@mantine/core";
import { useLiveQuery } from "../graphql/live-query.ts";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { PoolClaims } from "./PoolClaims.tsx";
import { PoolLimit } from "./PoolLimit.tsx";
import { PoolsDocument, type PoolsQuery } from "./pools.gen.ts";
import styles from "./Pools.module.css";

type Pool = PoolsQuery["pools"][number];

/** Slots change hands without a word to whoever watches runs. */
const POLL_MS = 2_000;

/** The pools of the deployment: how many slots each has, who has them and who waits. */
export function PoolsPage() {
  const { data, error } = useLiveQuery(PoolsDocument, {}, { topics: ["runs"], pollMs: POLL_MS });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  return (
    <Page title="Pools">
      {data.pools.length === 0 ? (
        <EmptyState title="No step names a pool yet">
          Give an asset or an op <Code>{'pool: "warehouse"'}</Code>, then say here how many such steps may run
          at once.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {data.pools.map((pool) => (
            <PoolCard key={pool.name} pool={pool} />
          ))}
        </Stack>
      )}
    </Page>
  );
}

function PoolCard({ pool }: { readonly pool: Pool }) {
  const counted = pool.granularity === "run" ? "runs" : "steps";
  const limit = pool.limit === null ? "no limit" : `of ${pool.limit}`;
  return (
    <article className={styles["card"]} aria-label={pool.name}>
      <Group justify="space-between">
        <Group gap={14}>
          <Text fw={600}>{pool.name}</Text>
          <Text size="sm" className="quiet">
            {pool.holders.length} {counted} now, {limit}
            {pool.isDefault && pool.limit !== null ? " by default" : ""}
          </Text>
        </Group>
        <PoolLimit name={pool.name} limit={pool.isDefault ? null : pool.limit} />
      </Group>
      <PoolClaims title="Has a slot" claims={pool.holders} />
      <PoolClaims title="Waits" claims={pool.waiting} />
    </article>
  );
}
