import type { OracleCase } from "./compare.ts";

/** A corner in which we differ from the recorded answers on purpose, although no vector marks it as irregular. */
interface Deviation {
  readonly file: string;
  readonly applies: (testCase: OracleCase) => boolean;
  readonly reason: string;
}

const DEVIATIONS: readonly Deviation[] = [
  {
    file: "time-partitions.json",
    applies: ({ definition }) =>
      definition?.["type"] === "hourly" && definition["timezone"] === "Australia/Lord_Howe",
    reason:
      "Where clocks change by half an hour, the reference finds hours by subtracting minutes from the instant and " +
      "names windows that it does not list among its own keys; ours are the ones that are listed.",
  },
];

/** Why a case may differ; null when it must be equal. */
export function findDeviation(file: string, testCase: OracleCase): string | null {
  return DEVIATIONS.find((each) => each.file === file && each.applies(testCase))?.reason ?? null;
}
