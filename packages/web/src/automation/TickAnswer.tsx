import { Text } from "@mantine/core";
import type { ReportedEvent } from "@millrace/model/reported-event";
import type { PartitionsRequest, RunRequest } from "@millrace/model/runs/work-item";
import type { ReactNode } from "react";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import { Facts } from "../ui/Facts.tsx";
import { JsonBlock } from "../ui/JsonBlock.tsx";
import { formatQuantity } from "../ui/number-format.ts";

/** What an evaluation answered: the runs it asks for, why it asks for none, what it would report of assets, or its error. */
export function TickAnswer({
  result,
  eventCursor,
}: {
  readonly result: unknown;
  /** How far a sensor on assets or runs has seen. */
  readonly eventCursor: string | null;
}) {
  const record = (typeof result === "object" && result !== null ? result : {}) as Readonly<
    Record<string, unknown>
  >;
  const requests = Array.isArray(record["runRequests"])
    ? (record["runRequests"] as readonly Partial<RunRequest>[])
    : [];
  const partitions = Array.isArray(record["partitionsRequests"])
    ? (record["partitionsRequests"] as readonly PartitionsRequest[])
    : [];
  const reports = Array.isArray(record["assetEvents"])
    ? (record["assetEvents"] as readonly Partial<ReportedEvent>[])
    : [];
  const error = readErrorInfo(record["error"]);
  const { skipReason, cursor } = record;
  if (error) {
    return (
      <div role="alert">
        <ErrorDetails error={error} open />
      </div>
    );
  }
  return (
    <section aria-label="Outcome">
      <Text fw={600} size="sm" mb={6}>
        {requests.length > 0
          ? `It would launch ${formatQuantity(requests.length, "run")}`
          : "It would launch nothing"}
      </Text>
      {typeof skipReason === "string" ? <Text size="sm">{skipReason}</Text> : null}
      <Facts facts={[...cursorFact("Cursor", cursor), ...cursorFact("Event cursor", eventCursor)]} />
      {requests.map((request, index) => (
        <JsonBlock
          key={request.runKey ?? request.partitionKey ?? index}
          value={request}
          label={`Run request ${index + 1}`}
        />
      ))}
      {partitions.map(({ action, name, keys }) => (
        <JsonBlock
          key={`${action} ${name} ${keys.join()}`}
          value={keys}
          label={`Dynamic partitions ${name}: ${action}`}
        />
      ))}
      {reports.map((report, index) => (
        <JsonBlock
          key={`${report.assetKey} ${index}`}
          value={report}
          label={`Would report a ${report.kind ?? "event"} of ${report.assetKey ?? "an asset"}`}
        />
      ))}
    </section>
  );
}

function cursorFact(name: string, cursor: unknown): [string, ReactNode][] {
  if (typeof cursor !== "string") return [];
  const text = (
    <span key={name} className="mono">
      {cursor}
    </span>
  );
  return [[name, text]];
}
