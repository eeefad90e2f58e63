import { Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** Says that there is nothing here, and what to do next. */
export function EmptyState(props: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Whether this is all there is on the page: the title is then its heading. */
  readonly wholePage?: boolean;
}) {
  return (
    <Stack align="center" gap={8} py={56} px="md" ta="center">
      {props.wholePage ? <Title order={1}>{props.title}</Title> : <Text fw={600}>{props.title}</Text>}
      {props.children ? (
        <Text size="sm" className="quiet" maw={520} component="div">
          {props.children}
        </Text>
      ) : null}
      {props.action}
    </Stack>
  );
}

/** The page of something that is not there. */
export function NotFound({ what, children }: { readonly what: string; readonly children?: ReactNode }) {
  useDocumentTitle("Not found · Millrace");
  return (
    <EmptyState title={`There is no ${what}`} wholePage>
      {children ?? "The link may be old, or the thing may have been removed."}
    </EmptyState>
  );
}

/** A request that failed for a reason a reader can understand. */
export function RequestFailed({ error }: { readonly error: Error }) {
  return (
    <EmptyState title="The control plane refused this" wholePage>
      <span role="alert">{error.message}</span>
    </EmptyState>
  );
}
