import { ReportAssetEventDocument, type ReportAssetEventInput } from "../connection/documents.gen.ts";
import { toTags } from "../connection/to-tags.ts";
import type { UserApi } from "../connection/user-api.ts";
import { RequestRefused, UnknownDefinition } from "../errors/client-error.ts";

/** What every report of an asset may say. */
interface ReportSettings {
  /**
   * Names to values. Plain ones get the type that fits (`4`, `"late"`, lists and objects as JSON); others say it themselves, such as
   * `{ type: "md", md: "**all well**" }`.
   */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** One sentence for people. */
  readonly description?: string;
  /** Two reports with one key are one, for a week. Default: each report counts. */
  readonly idempotencyKey?: string;
}

/** What may be said of an asset that was made, or looked at. */
export interface VersionReport extends ReportSettings {
  readonly tags?: Readonly<Record<string, string>>;
  /** Equal versions, equal data. Default: a materialization is new data; an observation changes no version. */
  readonly dataVersion?: string;
}

/** What a check has found that was evaluated elsewhere. */
export interface CheckReport extends ReportSettings {
  readonly passed: boolean;
  /** How bad it is when it did not pass. Default: `ERROR`. */
  readonly severity?: "WARN" | "ERROR";
}

/** What became of a report. */
export interface Reported {
  /** False: a report with this idempotency key was there before, and this one has changed nothing. */
  readonly isNew: boolean;
}

/** Reports something of an asset. @throws UnknownDefinition, RequestRefused, ClientError */
export async function reportAssetEvent(
  api: UserApi,
  about: Pick<ReportAssetEventInput, "kind" | "assetKey" | "checkName">,
  report: VersionReport & Partial<CheckReport> & { readonly partitionKey?: string },
): Promise<Reported> {
  const { tags, metadata, description, dataVersion, partitionKey, passed, severity, idempotencyKey } = report;
  const input: ReportAssetEventInput = {
    ...about,
    partitionKey: partitionKey ?? null,
    metadata: metadata ?? null,
    description: description ?? null,
    tags: tags ? toTags(tags) : null,
    dataVersion: dataVersion ?? null,
    passed: passed ?? null,
    severity: severity ?? null,
    idempotencyKey: idempotencyKey ?? null,
  };
  const { report: answer } = await api.send(ReportAssetEventDocument, { input });
  if (answer.__typename === "UnknownDefinition") throw new UnknownDefinition(answer.message);
  if (answer.__typename === "InvalidReport") throw new RequestRefused(answer.message, "invalid_report");
  return { isNew: answer.isNew };
}
