import { RUN_STATUSES } from "@millrace/model/run-status";
import type { SensorWatch } from "@millrace/model/sensed-events";
import type { Sensor } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** What a sensor of a snapshot watches; null for one that looks by itself. Statuses of a newer SDK are passed over. */
export function watchOfSensor({ watch }: Pick<Sensor, "watch">): SensorWatch | null {
  const events = watch?.events;
  switch (events?.case) {
    case "assets":
      return { kind: "assets", assets: events.value.assetKeys, when: events.value.all ? "all" : "any" };
    case "runs": {
      const { statuses, jobNames, allLocations } = events.value;
      return {
        kind: "runs",
        statuses: RUN_STATUSES.filter((status) => statuses.includes(status)),
        jobs: jobNames.length === 0 ? null : jobNames,
        allLocations,
      };
    }
    default:
      return null;
  }
}
