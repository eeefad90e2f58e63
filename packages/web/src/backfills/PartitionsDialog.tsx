import { Modal } from "@mantine/core";
import { execute } from "../graphql/client.ts";
import { useLivePages } from "../graphql/live-pages.ts";
import { NextPageButton } from "../ui/NextPageButton.tsx";
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
  const partitions = useLivePages({
    queryKey: ["backfill partitions", id, chosen],
    topic: "backfills",
    first: 0,
    ask: async (from, signal) => {
      const { backfill } = await execute(BackfillPartitionsDocument, { id, ...chosen, from }, signal);
      return { rows: backfill?.partitions.keys ?? [], next: backfill?.partitions.cursor ?? null };
    },
  });
  return (
    <Modal
      opened
      size="lg"
      onClose={props.onClose}
      title={`${chosen.key}: ${chosen.state.toLowerCase()} partitions`}
    >
      <div className={styles["keys"]}>
        {partitions.rows.map((key) => (
          <span key={key} className="mono">
            {key}
          </span>
        ))}
      </div>
      <NextPageButton of={partitions} label="More" />
    </Modal>
  );
}
