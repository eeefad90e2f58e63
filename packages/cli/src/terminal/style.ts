import { styleText } from "node:util";
import { toPrintableLine } from "./printable.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours text for a terminal; plain where the stream is none, or NO_COLOR is set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const STATUS_STYLES: Readonly<Record<string, Style>> = {
  QUEUED: "gray",
  STARTING: "cyan",
  STARTED: "blue",
  CANCELING: "yellow",
  SUCCESS: "green",
  FAILURE: "red",
  CANCELED: "yellow",
  REQUESTED: "blue",
  PAUSED: "gray",
  COMPLETED_SUCCESS: "green",
  COMPLETED_FAILED: "red",
  FAILED: "red",
};

/** The status of a run or a backfill in its colour. */
export function paintStatus(status: string): string {
  return paint(STATUS_STYLES[status] ?? "reset", status);
}

/** Rows under a header, columns as wide as their widest cell. Cells may be coloured. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header.map((title) => paint("dim", title)), ...rows.map((row) => row.map(toPrintableLine))];
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => visibleLength(line[column] ?? ""))),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - visibleLength(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the colours that `paint` adds begin with ESC
  return text.replaceAll(/\u001B\[\d+m/g, "").length;
}
