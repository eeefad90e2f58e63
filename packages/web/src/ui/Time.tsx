import { formatDuration } from "@millrace/model/time/format-duration";
import { formatAge, formatExact } from "./time-format.ts";
import { useNow } from "./now.ts";

/** An instant as an age that goes on counting; the exact time on hover. `none` stands where there is no instant. */
export function Age({ at, none = "–" }: { readonly at: string | Date | null; readonly none?: string }) {
  const now = useNow(1_000);
  if (at === null) return <span>{none}</span>;
  const instant = new Date(at);
  return (
    <time dateTime={instant.toISOString()} title={formatExact(instant)} className="tabular">
      {formatAge(instant, now)}
    </time>
  );
}

/** The time from `from` to `to`, or to now while `to` is null. */
export function Elapsed({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  const now = useNow(to === null && from !== null ? 500 : 3_600_000);
  if (from === null) return <span>–</span>;
  const end = to === null ? now : new Date(to);
  return <span className="tabular">{formatDuration(end.getTime() - new Date(from).getTime())}</span>;
}
