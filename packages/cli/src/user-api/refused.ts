import { CommandError } from "./client.ts";

/** The options of commands that stand for fields of the user API. */
const OPTIONS: Readonly<Record<string, string>> = {
  partitionKey: "--partition",
  partitionKeys: "--partition",
  partitionRange: "--partition-range",
  runConfig: "--config",
  tags: "--tag",
  locationName: "--location",
  checkName: "--check",
  metadata: "--metadata",
  severity: "--severity",
  dataVersion: "--data-version",
  description: "--description",
  idempotencyKey: "--idempotency-key",
};

/**
 * What a command says that the user API has refused: its message, with the command's options where it names the API's fields.
 */
export function refused(message: string): CommandError {
  return new CommandError(
    message.replaceAll(/`(\w+)\b([^`]*)`/g, (whole, field: string, rest: string) =>
      field in OPTIONS ? `${OPTIONS[field]}${rest}` : whole,
    ),
  );
}
