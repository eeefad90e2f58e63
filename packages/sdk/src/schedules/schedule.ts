import type { Metadata } from "@millrace/model/metadata";
import { parseCatchup, type Catchup } from "@millrace/model/ticks/catchup";
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
import { toDefinitionMetadata } from "../metadata/to-metadata.ts";
import type { ResourceMap, ResourceValues } from "../resources/resource.ts";
import { findPartitionTicks, type PartitionTicks } from "./partition-ticks.ts";
import type { RequestedKeys } from "../ticks/requested-keys.ts";
import type { TickCode } from "../ticks/tick-outcome.ts";

/** Launches runs at the ticks of a cron expression. */
export interface Schedule extends Definition<"schedule"> {
  readonly name: string;
  readonly description: string | null;
  /** Several expressions tick at the union of their times. */
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly job: Job;
  readonly runningByDefault: boolean;
  /** Which missed ticks are made up for. */
  readonly catchup: Catchup;
  /** Names that it had before. */
  readonly renamedFrom: readonly string[];
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
export interface ScheduleOptions<R, J extends Job = Job, T extends SelectionInput = SelectionInput> {
  /**
   * Default: the job's partitions say it, which must be windows of time, and of which the job's definition must tell:
   * as its own option, or as those of an asset that it selects by definition.
   */
  readonly cron?: string | readonly string[];
  /** IANA name. Default: `UTC`, or the zone of the job's partitions without `cron`. */
  readonly timezone?: string;
  /** The job to launch; or `target`, assets to materialize. */
  readonly job?: J;
  readonly target?: T;
  readonly description?: string;
  /** Whether it ticks unless somebody has switched it by hand. Default: false. */
  readonly runningByDefault?: boolean;
  /**
   * Which ticks are made up for that were missed, because the control plane was away or the tick before took too long: `skip`, none
   * that is more than a minute late; `latest`, the latest one; `{ all: 20 }`, the latest 20, oldest first. What was missed while the
   * schedule was stopped, not defined or defined with other times is never made up for. Default: `latest`, or `{ all: 5 }` without
   * `cron`, since each tick is a partition then.
   */
  readonly catchup?: Catchup;
  /** Names that it had before: what it was switched to, its ticks and its run keys come along. */
  readonly renamedFrom?: readonly string[];
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
export function schedule<
  R extends ResourceMap = {},
  J extends Job = never,
  const T extends SelectionInput = never,
>(
  name: string,
  options: ScheduleOptions<R, J, T>,
  evaluate?: TickCode<ScheduleContext<R>, RequestedKeys<J, T>>,
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
  const catchup = checkOption("schedule", name, source, () =>
    parseCatchup(options.catchup ?? (ticks === null ? "latest" : { all: 5 })),
  );
  return Object.freeze({
    [DEFINITION]: "schedule",
    source,
    name,
    description: options.description ?? null,
    cron,
    timezone,
    job,
    runningByDefault: options.runningByDefault ?? false,
    catchup,
    renamedFrom: options.renamedFrom ?? [],
    tags: options.tags ?? {},
    metadata: checkOption("schedule", name, source, () => toDefinitionMetadata(options.metadata)),
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
  throw new DefinitionError("invalid_option", `${where()} needs a cron expression: ${explainNoTicks(job)}`);
}

/** Why the partitions of a job do not say when its schedule ticks. */
function explainNoTicks({ target }: Job): string {
  const selection = target.kind === "assets" ? [target.selection].flat() : [];
  const text = selection.find((item) => typeof item === "string");
  return text === undefined
    ? "what it launches has no partitions with one dimension of time, and no dynamic one, that it could follow"
    : `the partitions of ${JSON.stringify(text)} are not known yet when it is defined. To follow partitions, give the assets themselves`;
}
