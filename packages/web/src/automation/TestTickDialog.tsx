import { Button, Group, Loader, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import {
  EvaluateScheduleDocument,
  EvaluateSensorDocument,
  TickEvaluationDocument,
} from "./automation.gen.ts";
import { TickAnswer } from "./TickAnswer.tsx";

/** What is evaluated. */
export interface TickSubject {
  readonly kind: "schedule" | "sensor";
  readonly locationName: string;
  readonly name: string;
  /** A sensor that is told of what has happened in the deployment. */
  readonly watches: boolean;
}

const POLL_MS = 300;

/** Evaluates a schedule or sensor in its code location and shows what it would launch; nothing is launched. */
export function TestTickDialog({
  subject,
  onClose,
}: {
  readonly subject: TickSubject;
  readonly onClose: () => void;
}) {
  const schedule = subject.kind === "schedule";
  const [text, setText] = useState(() => (schedule ? new Date().toISOString() : ""));
  const [eventCursor, setEventCursor] = useState("");
  const evaluate = useMutation({
    mutationFn: () => startEvaluation(subject, text.trim(), eventCursor.trim()),
  });
  const id = evaluate.data ?? null;
  const outcome = useQuery({
    queryKey: ["tick evaluation", id],
    queryFn: ({ signal }) => execute(TickEvaluationDocument, { id: id ?? "" }, signal),
    enabled: id !== null,
    refetchInterval: (query) => (isPending(query.state.data?.tickEvaluation?.state) ? POLL_MS : false),
  });
  const tick = outcome.data?.tickEvaluation;
  const error = evaluate.error ?? outcome.error;
  const running = evaluate.isPending || (id !== null && !error && isPending(tick?.state));
  const info = readErrorInfo(tick?.error);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Test evaluation of ${subject.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          evaluate.mutate();
        }}
      >
        <TextInput
          label={schedule ? "As if it were" : "Cursor"}
          description={
            schedule
              ? "An instant, such as 2026-01-01T00:00:00Z."
              : "Where the sensor begins; empty: at the start."
          }
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {subject.watches ? (
          <TextInput
            mt="sm"
            label="Events after"
            description="The event cursor of an earlier evaluation; empty: only the newest event."
            value={eventCursor}
            onChange={(event) => setEventCursor(event.currentTarget.value)}
          />
        ) : null}
        <Group justify="flex-end" mt="sm">
          <Button type="submit" loading={running}>
            Evaluate
          </Button>
        </Group>
      </form>
      <Stack mt="sm" gap="sm" aria-live="polite">
        {running ? (
          <Group gap={8} fz="sm" className="quiet">
            <Loader size="xs" /> An agent evaluates it
          </Group>
        ) : null}
        {error ? (
          <Text role="alert" size="sm">
            {error.message}
          </Text>
        ) : null}
        {info ? (
          <div role="alert">
            <ErrorDetails error={info} open />
          </div>
        ) : null}
        {tick?.state === "done" ? <TickAnswer result={tick.result} eventCursor={tick.eventCursor} /> : null}
      </Stack>
    </Modal>
  );
}

async function startEvaluation(subject: TickSubject, text: string, eventCursor: string): Promise<string> {
  const { locationName, name } = subject;
  if (subject.kind === "schedule") {
    const { evaluateSchedule } = await execute(EvaluateScheduleDocument, {
      locationName,
      name,
      at: text === "" ? null : text,
    });
    return evaluateSchedule.id;
  }
  const { evaluateSensor } = await execute(EvaluateSensorDocument, {
    locationName,
    name,
    cursor: text === "" ? null : text,
    eventCursor: eventCursor === "" ? null : eventCursor,
  });
  return evaluateSensor.id;
}

function isPending(state: string | undefined): boolean {
  return state === undefined || state === "pending";
}
