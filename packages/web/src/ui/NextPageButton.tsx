import { Button, Group } from "@mantine/core";
import type { LivePages } from "../graphql/live-pages.ts";

/** Asks for the next page of a list; nothing where there is none. */
export function NextPageButton(props: { readonly of: LivePages<unknown>; readonly label: string }) {
  const { of: pages, label } = props;
  if (!pages.hasNextPage) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
        {label}
      </Button>
    </Group>
  );
}
