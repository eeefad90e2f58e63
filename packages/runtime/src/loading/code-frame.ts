/**
 * A few lines of source with a mark under the place that is meant:
 *
 * ```text
 *   11 | const orders = asset("orders",
 * > 12 |   { deps: [raw] }, compute(
 *      |                    ^^^^^^^
 * ```
 *
 * @param lines the lines to show, of which the first has the number `firstLine`.
 * @param column the marked column, from 1.
 */
export function codeFrame(
  lines: readonly string[],
  firstLine: number,
  markedLine: number,
  column: number,
  length = 1,
): string {
  const width = String(firstLine + lines.length - 1).length;
  return lines
    .flatMap((text, index) => {
      const line = firstLine + index;
      const shown = `${line === markedLine ? ">" : " "} ${String(line).padStart(width)} | ${text}`;
      if (line !== markedLine) return [shown];
      // Tabs stay tabs, so that the mark stands under its place however wide they are shown.
      const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, " ");
      return [
        shown,
        `  ${" ".repeat(width)} | ${indent}${"^".repeat(Math.max(1, Math.min(length, text.length - column + 1)))}`,
      ];
    })
    .join("\n");
}
