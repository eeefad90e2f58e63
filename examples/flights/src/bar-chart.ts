/** One bar: its label below it, its value above it. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 720;
const HEIGHT = 320;
const MARGIN = 40;

/** Draws bars as an SVG that reads well on light and on dark ground. Values below zero hang down from the axis. */
export function drawBarChart(title: string, bars: readonly Bar[]): string {
  const highest = Math.max(0, ...bars.map((bar) => bar.value));
  const lowest = Math.min(0, ...bars.map((bar) => bar.value));
  const scale = (HEIGHT - 2 * MARGIN) / (highest - lowest || 1);
  const axis = MARGIN + highest * scale;
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, bars.length);
  const drawn = bars.map((bar, index) => {
    const x = MARGIN + index * step;
    const height = Math.abs(bar.value) * scale;
    const y = bar.value >= 0 ? axis - height : axis;
    const middle = (x + step / 2).toFixed(1);
    return (
      `<rect x="${(x + step * 0.12).toFixed(1)}" y="${y.toFixed(1)}" width="${(step * 0.76).toFixed(1)}" height="${height.toFixed(1)}" rx="2" fill="#4c8dd6"/>` +
      `<text x="${middle}" y="${HEIGHT - 12}" text-anchor="middle">${escape(bar.label)}</text>` +
      `<text x="${middle}" y="${(y - 4).toFixed(1)}" text-anchor="middle">${bar.value.toFixed(1)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="10" fill="#7b8794">` +
    `<text x="${MARGIN}" y="20" font-size="14">${escape(title)}</text>` +
    drawn.join("") +
    `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${axis.toFixed(1)}" y2="${axis.toFixed(1)}" stroke="#7b8794"/></svg>`
  );
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
