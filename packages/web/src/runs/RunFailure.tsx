import { Anchor, Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { shortId } from "../ui/CopyableId.tsx";
import { formatExact } from "../ui/time-format.ts";
import { MetadataList } from "../ui/metadata/MetadataList.tsx";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import type { RunDetails } from "./run-details.ts";
import { describeFailureReason, isBeingFailed } from "./run-words.ts";
import styles from "./RunFailure.module.css";

const SHOWN = 5;

/** Says that the run is, or was, launched again by itself; nothing when it is not. */
function RunRetry({ run: { retryAt, retryRunId } }: { readonly run: RunDetails }) {
  if (retryRunId !== null)
    return (
      <p className={styles["message"]}>
        It was launched again by itself:{" "}
        <Anchor
          fz="inherit"
          renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: retryRunId }} {...props} />}
        >
          run <span className="mono">{shortId(retryRunId)}</span>
        </Anchor>
      </p>
    );
  if (retryAt === null) return null;
  return (
    <p className={styles["message"]}>It is launched again by itself at {formatExact(new Date(retryAt))}.</p>
  );
}

/** What failed and why, before anything else: the reason in words, then the steps that failed with their errors. */
export function RunFailure({
  run,
  onShowStep,
}: {
  readonly run: RunDetails;
  readonly onShowStep: (step: string) => void;
}) {
  const failed = run.steps.filter((step) => step.state === "failure");
  const isToldBySteps =
    run.failureReason !== "MAX_RUNTIME_EXCEEDED" && failed.some((step) => step.error !== null);
  return (
    <section role="alert" aria-label="Failure" className={styles["panel"]}>
      <div className={styles["title"]}>
        <IconAlertTriangle size={17} aria-hidden />
        {describeFailureReason(run.failureReason)}
      </div>
      <RunRetry run={run} />
      {run.failureMessage && !isToldBySteps ? (
        <p className={styles["message"]}>
          {run.failureMessage}
          {isBeingFailed(run) ? ". Its worker was asked to stop; then the run fails." : null}
        </p>
      ) : null}
      {failed.slice(0, SHOWN).map((step) => {
        const error = readErrorInfo(step.error);
        return (
          <div key={step.key} className={styles["step"]}>
            <div className={styles["stepHead"]}>
              <span className="mono">{step.key}</span>
              <Button variant="subtle" size="compact-xs" onClick={() => onShowStep(step.key)}>
                Show in log
              </Button>
            </div>
            {error ? <ErrorDetails error={error} /> : null}
            <MetadataList metadata={step.failureMetadata} />
          </div>
        );
      })}
      {failed.length > SHOWN ? <p className="quiet">and {failed.length - SHOWN} more failed steps</p> : null}
    </section>
  );
}
