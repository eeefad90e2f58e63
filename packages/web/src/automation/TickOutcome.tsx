import { Text } from "@mantine/core";
import type { RunRequest } from "@millrace/model/work-item";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { parseErrorInfo } from "../ui/error-info.ts";
import { Facts } from "../ui/Facts.tsx";
import { JsonBlock } from "../ui/JsonBlock.tsx";
import { formatQuantity } from "../ui/number-format.ts";

/** What an evaluation answered: the runs it asks for, why it asks for none, or its error. */
export function TickOutcome({ result }: { readonly result: unknown }) {
  const record = (typeof result === "object" && result !== null ? result : {}) as Readonly<
    Record<string, unknown>
  >;
  const requests = Array.isArray(record["runRequests"])
    ? (record["runRequests"] as readonly Partial<RunRequest>[])
    : [];
  const error = parseErrorInfo(record["error"]);
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
      {typeof cursor === "string" ? (
        <Facts
          facts={[
            [
              "Cursor",
              <span key="cursor" className="mono">
                {cursor}
              </span>,
            ],
          ]}
        />
      ) : null}
      {requests.map((request, index) => (
        <JsonBlock
          key={request.runKey ?? request.partitionKey ?? index}
          value={request}
          label={`Run request ${index + 1}`}
        />
      ))}
    </section>
  );
}
