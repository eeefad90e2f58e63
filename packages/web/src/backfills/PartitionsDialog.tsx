import { Button, Group, Modal } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { useRefreshOn } from "../graphql/live-query.ts";
import { BackfillPartitionsDocument, type BackfillPartitionState } from "./backfills.gen.ts";
import styles from "./Backfills.module.css";

/** Partitions of a target in one state, which somebody wants to see. */
export interface ChosenPartitions {
  readonly key: string;
  readonly state: BackfillPartitionState;
}

/** The keys of those partitions of an asset that stand so. */
export function PartitionsDialog(props: {
  readonly id: string;
  readonly chosen: ChosenPartitions;
  readonly onClose: () => void;
}) {
  const { id, chosen } = props;
  useRefreshOn(["backfills"]);
  const query = useInfiniteQuery({
    queryKey: ["backfill partitions", id, chosen],
    queryFn: ({ pageParam, signal }) =>
      execute(BackfillPartitionsDocument, { id, ...chosen, from: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => last.backfill?.partitions.cursor ?? null,
    meta: { topics: ["backfills"] },
  });
  const keys = query.data?.pages.flatMap((page) => page.backfill?.partitions.keys ?? []) ?? [];
  return (
    <Modal
      opened
      size="lg"
      onClose={props.onClose}
      title={`${chosen.key}: ${chosen.state.toLowerCase()} partitions`}
    >
      <div className={styles["keys"]}>
        {keys.map((key) => (
          <span key={key} className="mono">
            {key}
          </span>
        ))}
      </div>
      {query.hasNextPage ? (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            More
          </Button>
        </Group>
      ) : null}
    </Modal>
  );
}
