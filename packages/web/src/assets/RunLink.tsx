import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { shortId } from "../ui/CopyableId.tsx";

/** A run by the short form of its id. */
export function RunLink({ id }: { readonly id: string }) {
  return (
    <Anchor
      fz="inherit"
      className="mono"
      aria-label={`Run ${id}`}
      renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: id }} {...props} />}
    >
      {shortId(id)}
    </Anchor>
  );
}
