/** When a schedule ticks next, in its own time zone. */
export function NextTicks({
  ticks,
  timezone,
}: {
  readonly ticks: readonly string[];
  readonly timezone: string;
}) {
  if (ticks.length === 0) return <span className="quiet">none: it is stopped</span>;
  const format = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: timezone,
  });
  return (
    <>
      {ticks.map((tick) => (
        <div key={tick}>
          <time dateTime={tick} title={tick} className="tabular">
            {format.format(new Date(tick))}
          </time>
        </div>
      ))}
    </>
  );
}
