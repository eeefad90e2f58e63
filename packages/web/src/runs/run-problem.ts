import { notifications } from "@mantine/notifications";

/** Says that something could not be done to a run, and why. */
export function showRunProblem(title: string, message: string): void {
  notifications.show({ title, message, color: "red" });
}
