import { RunLink } from "./RunLink.tsx";

/** Where an event of an asset comes from: its run, or whoever reported it, with their sentence about it. */
export function EventOrigin({
  event,
}: {
  readonly event: {
    readonly runId: string | null;
    readonly reportedBy: string | null;
    readonly description?: string | null;
  };
}) {
  const { runId, reportedBy, description } = event;
  if (runId)
    return (
      <span>
        Run <RunLink id={runId} />
      </span>
    );
  if (!reportedBy) return null;
  return (
    <span>
      Reported by {reportedBy}
      {description ? <>: {description}</> : null}
    </span>
  );
}
