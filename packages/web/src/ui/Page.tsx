import { Group, Skeleton, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import styles from "./Page.module.css";

/** The frame of every page: browser title, heading, what goes beside the heading, and the content. */
export function Page(props: {
  /** Title of the browser's tab. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly actions?: ReactNode;
  /** Takes the window's height: exactly, or at least. Default: the height of its content. */
  readonly fill?: "exactly" | "at least";
  readonly children: ReactNode;
}) {
  useDocumentTitle(`${props.title} · Millrace`);
  return (
    <div className={styles["page"]} data-fill={props.fill}>
      <Group justify="space-between" align="flex-start" gap="xs" mb="sm">
        <Title order={1} className={styles["heading"]}>
          {props.heading ?? props.title}
        </Title>
        {props.actions ? <Group gap="xs">{props.actions}</Group> : null}
      </Group>
      {props.children}
    </div>
  );
}

/** Stands where a page's content will be. */
export function PageSkeleton() {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading" role="status" className={styles["page"] ?? ""}>
      <Skeleton height={26} width={220} />
      <Skeleton height={14} width="60%" />
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={30} />
      ))}
    </Stack>
  );
}

/** A titled part of a page. */
export function Section(props: {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={props.title} className={styles["section"]}>
      <Group justify="space-between" mb={6}>
        <Title order={2}>{props.title}</Title>
        {props.actions}
      </Group>
      {props.children}
    </section>
  );
}
