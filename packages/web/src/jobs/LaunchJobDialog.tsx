import { LaunchDialog } from "../runs/launch/LaunchDialog.tsx";

/** Asks for the partition and the run config of a job, and launches it. */
export function LaunchJobDialog(props: {
  readonly locationName: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { locationName, name } = props;
  return (
    <LaunchDialog
      title={`Launch ${name}`}
      subject={{ locationName, jobName: name }}
      onClose={props.onClose}
    />
  );
}
