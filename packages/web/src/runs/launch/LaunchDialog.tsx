import { Loader, Modal, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import { LaunchForm } from "./LaunchForm.tsx";
import { type LaunchSubject, useLaunchTarget } from "./use-launch-target.ts";

/** Asks for what a launch needs, and launches. Takes the whole screen of a phone. */
export function LaunchDialog(props: {
  readonly title: string;
  readonly subject: LaunchSubject;
  readonly onClose: () => void;
  /** What else there is to say about what is launched. */
  readonly children?: ReactNode;
}) {
  const { target, problem } = useLaunchTarget(props.subject);
  const phone = useMediaQuery("(max-width: 48em)");
  return (
    <Modal opened onClose={props.onClose} size="xl" fullScreen={phone} title={props.title}>
      {props.children}
      {problem === null ? null : <Text role="alert">{problem}</Text>}
      {target ? (
        <LaunchForm target={target} onDone={props.onClose} />
      ) : problem === null ? (
        <Loader size="sm" aria-label="Loading" />
      ) : null}
    </Modal>
  );
}
