import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { EmptyState, NotFound } from "../ui/Message.tsx";

/** The page of an address that leads nowhere. */
export function RouteNotFound() {
  return <NotFound what="page at this address" />;
}

/** The page of a page that broke: a bug of ours, or a new version of the app that replaced the files of this one. */
export function RouteFailed({ error }: { readonly error: unknown }) {
  const router = useRouter();
  return (
    <EmptyState
      title="This page failed to show"
      wholePage
      action={<Button onClick={() => void router.invalidate()}>Try again</Button>}
    >
      <span role="alert">{error instanceof Error ? error.message : String(error)}</span>
      <div>If it stays, reload: the app may have been updated meanwhile.</div>
    </EmptyState>
  );
}
