import { useLiveQuery } from "../graphql/live-query.ts";
import { formatCount } from "../ui/number-format.ts";
import { Section } from "../ui/Page.tsx";
import { AssetEventsDocument } from "./assets.gen.ts";
import { plotLine, type PlotSeries, toPlotSeries } from "./plot-series.ts";
import styles from "./AssetPlots.module.css";

const EVENTS = 100;

/** Numeric metadata of the last materializations as small lines; nothing while there is nothing to compare. */
export function AssetPlots({ assetKey }: { readonly assetKey: string }) {
  const { data } = useLiveQuery(
    AssetEventsDocument,
    { key: assetKey, limit: EVENTS, before: null, partitionKey: null },
    { topics: ["assets"] },
  );
  const series = toPlotSeries(data?.asset?.events.nodes ?? []);
  if (series.length === 0) return null;
  return (
    <Section title="Over time">
      <div className={styles["plots"]}>
        {series.map((each) => (
          <Plot key={each.name} series={each} />
        ))}
      </div>
    </Section>
  );
}

function Plot({ series }: { readonly series: PlotSeries }) {
  const values = series.points.map((point) => point.value);
  const last = values.at(-1) ?? 0;
  const range = `${formatCount(Math.min(...values))} to ${formatCount(Math.max(...values))}`;
  return (
    <figure className={styles["plot"]}>
      <figcaption>
        <span className="quiet">{series.name}</span>
        <strong className="tabular">{formatCount(last)}</strong>
      </figcaption>
      <svg
        viewBox="-3 -5 206 60"
        role="img"
        aria-label={`${series.name}: ${values.length} values from ${range}`}
        preserveAspectRatio="none"
      >
        <polyline points={plotLine(series, 200, 50)} fill="none" vectorEffect="non-scaling-stroke" />
      </svg>
      <div className={styles["range"]}>{range}</div>
    </figure>
  );
}
