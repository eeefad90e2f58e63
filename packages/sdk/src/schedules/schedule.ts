import type { Metadata } from "@millrace/model/metadata";
import { parseCron } from "@millrace/model/time/cron-schedule";
import { getTimeZone } from "@millrace/model/time/time-zone";
import { checkOption } from "../definition/check-option.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition, type SourcePosition } from "../definition/source-position.ts";
import type { TickDeployment } from "../context/deployment.ts";
import type { Logger } from "../context/logger.ts";
import type { Job } from "../jobs/job.ts";
import { targetJob } from "../jobs/target-job.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { ResourceMap, ResourceValues } from "../resources/resource.ts";
import { findPartitionTicks, type PartitionTicks } from "./partition-ticks.ts";
import type { TickOutcome } from "../ticks/tick-outcome.ts";

/** Launches runs at the ticks of a cron expression. */
export interface Schedule extends Definition<"schedule"> {
  readonly name: string;
  readonly description: string | null;
  /** Several expressions tick at the union of their times. */
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly job: Job;
  readonly runningByDefault: boolean;
  /** Tags of the schedule and of the runs it launches. */
  readonly tags: Readonly<Record<string, string>>;
  readonly metadata: Metadata;
  readonly resources: ResourceMap;
  /** Null: every tick launches one run. */
  readonly evaluate: ((context: never) => unknown) | null;
}

/** What the code of a schedule receives. */
export interface ScheduleContext<R = {}> {
  /** The instant that the tick stands for. */
  readonly scheduledAt: Date;
  readonly scheduleName: string;
  /** When the schedule last ticked; null: never, as far as is known. */
  readonly lastTickAt: Date | null;
  /** The deployment that the schedule belongs to. */
  readonly deployment: TickDeployment;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** When a schedule ticks and what it launches. */
export interface ScheduleOptions<R> {
  /**
   * Default: the job's partitions say it, which must be windows of time, and of which the job's definition must tell:
   * as its own option, or as those of an asset that it selects by definition.
   */
  readonly cron?: string | readonly string[];
  /** IANA name. Default: `UTC`, or the zone of the job's partitions without `cron`. */
  readonly timezone?: string;
  /** The job to launch; or `target`, assets to materialize. */
  readonly job?: Job;
  readonly target?: SelectionInput;
  readonly description?: string;
  readonly runningByDefault?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metadata?: MetadataRecord;
  readonly resources?: R;
}

/**
 * Declares a schedule. Its code, if it has any, runs in the code server at every tick and answers which runs to launch;
 * without code, every tick launches one run. Without `cron` it ticks whenever a partition of the job ends, and launches
 * that partition.
 *
 * @example
 * export const everyMorning = schedule("every_morning", { cron: "0 6 * * *", timezone: "Europe/Berlin", job: dailyJob });
 * export const everyDay = schedule("every_day", { target: [salesByDay] });
 */
export function schedule<R extends ResourceMap = {}>(
  name: string,
  options: ScheduleOptions<R>,
  evaluate?: (context: ScheduleContext<R>) => TickOutcome | Promise<TickOutcome>,
): Schedule;
export function schedule(
  name: string,
  options: ScheduleOptions<ResourceMap>,
  evaluate?: (context: never) => unknown,
): Schedule {
  const source = captureSourcePosition(schedule);
  const job = targetJob("schedule", name, options, source);
  const ticks = options.cron === undefined ? getPartitionTicks(name, options, job, source) : null;
  const given = options.cron ?? ticks?.cron ?? [];
  const cron = typeof given === "string" ? [given] : given;
  const timezone = options.timezone ?? ticks?.timezone ?? "UTC";
  checkOption("schedule", name, source, () => {
    for (const expression of cron) parseCron(expression);
    getTimeZone(timezone);
  });
  return Object.freeze({
    [DEFINITION]: "schedule",
    source,
    name,
    description: options.description ?? null,
    cron,
    timezone,
    job,
    runningByDefault: options.runningByDefault ?? false,
    tags: options.tags ?? {},
    metadata: toMetadata(options.metadata),
    resources: options.resources ?? {},
    evaluate: evaluate ?? ticks?.evaluate ?? null,
  } as const);
}

function getPartitionTicks(
  name: string,
  { timezone }: ScheduleOptions<ResourceMap>,
  job: Job,
  source: SourcePosition | null,
): PartitionTicks {
  const where = () => describeDefinition("schedule", name, { source });
  if (timezone !== undefined) {
    throw new DefinitionError("invalid_option", `${where()}: without cron, its partitions say the timezone`);
  }
  const ticks = findPartitionTicks(job);
  if (ticks) return ticks;
  throw new DefinitionError(
    "invalid_option",
    `${where()} needs a cron expression: the definition of job "${job.name}" does not tell of partitions with one dimension of time and no dynamic one`,
  );
}
