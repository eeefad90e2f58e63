import { Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import {
  type ShownInstigatorFragment,
  ResetScheduleDocument,
  ResetSensorDocument,
  StartScheduleDocument,
  StartSensorDocument,
  StopScheduleDocument,
  StopSensorDocument,
} from "./automation.gen.ts";

/** Names a schedule or sensor. */
export interface InstigatorName {
  readonly kind: "schedule" | "sensor";
  readonly locationName: string;
  readonly name: string;
}

const SWITCHES = {
  schedule: { start: StartScheduleDocument, stop: StopScheduleDocument, reset: ResetScheduleDocument },
  sensor: { start: StartSensorDocument, stop: StopSensorDocument, reset: ResetSensorDocument },
};

/** Switches a schedule or sensor by hand, or back to what its definition says. */
export function useSwitch({ kind, locationName, name }: InstigatorName) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (verb: "start" | "stop" | "reset") => {
      await execute(SWITCHES[kind][verb], { locationName, name });
    },
    onSuccess: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: "It was not switched", message: error.message, color: "red" }),
  });
}

/** Whether a schedule or sensor ticks; switches it. */
export function InstigatorSwitch({
  subject,
  state,
}: {
  readonly subject: InstigatorName;
  readonly state: ShownInstigatorFragment;
}) {
  const change = useSwitch(subject);
  const isRunning = state.status === "RUNNING";
  return (
    <Switch
      checked={isRunning}
      disabled={change.isPending || state.problem !== null}
      aria-label={`${subject.name} ticks`}
      onChange={() => change.mutate(isRunning ? "stop" : "start")}
    />
  );
}
