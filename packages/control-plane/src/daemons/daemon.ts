import type { RawBuilder } from "kysely";
import type { Topic } from "@millrace/model/topic";
import type { Trx } from "../database/connect.ts";
import type { ServerContext } from "../context/server-context.ts";

/** Every daemon there is. */
export type DaemonName =
  | "coordinator"
  | "backfills"
  | "automation"
  | "leases"
  | "timeouts"
  | "freshness"
  | "staleness"
  | "retries"
  | "bulk"
  | "work"
  | "retention"
  | "storage"
  | "instigators"
  | "schedules"
  | "sensors"
  | "watchers";

/** What a daemon's tick works with. */
export interface DaemonContext extends ServerContext {
  /**
   * For daemons that run on one replica at a time: makes sure that this one still is it, to be called first in each transaction of
   * a tick. Holds its place until the transaction ends, and keeps it for another while.
   *
   * @throws DaemonLeaseLost
   */
  readonly holdPlace: (trx: Trx) => Promise<void>;
  /**
   * For daemons with `dues`: whether this replica did not look after the place for so long that what is due may be its own fault, as
   * after its start, when its machine slept, or when the database was away.
   */
  readonly wasAway: boolean;
}

interface DaemonBasics {
  readonly name: DaemonName;
  /** Milliseconds between two ticks when nothing wakes it. */
  readonly intervalMs: number;
  /**
   * `any`: replicas may tick at once. `one`: a lease lets one replica tick, for ticks that cost much or call out; what they write,
   * they write after `holdPlace`.
   */
  readonly runsOn: "any" | "one";
}

/** Something the control plane does for each deployment by itself, again and again; what ails one deployment stops no other. */
export interface DeploymentDaemon extends DaemonBasics {
  readonly of: "deployment";
  /** Changes that wake it. */
  readonly wokenBy: (deploymentId: string) => readonly Topic[];
  /**
   * When something is due, of all deployments: a query for `deployment_id` and `due`. A replica looks at what all its daemons have due
   * in one statement every five seconds, so that a daemon with this ticks only when there is something to do, see `createDueWatch`.
   */
  readonly dues?: RawBuilder<unknown>;
  /** Of daemons that run on one replica: whether a tick has nothing to do, so that none needs the place for it. Reads only. */
  readonly isIdle?: (context: ServerContext, deploymentId: string) => Promise<boolean>;
  /** Reads, decides, writes; safe to repeat. May return the milliseconds until something is due, when that is earlier. */
  readonly tick: (context: DaemonContext, deploymentId: string) => Promise<number | void>;
}

/** The same for what belongs to no deployment, such as tables that all of them share. */
export interface InstallationDaemon extends DaemonBasics {
  readonly of: "installation";
  readonly tick: (context: DaemonContext) => Promise<number | void>;
}

export type Daemon = DeploymentDaemon | InstallationDaemon;

/** A daemon at its place. */
export type Duty =
  | { readonly daemon: DeploymentDaemon; readonly deploymentId: string }
  | { readonly daemon: InstallationDaemon; readonly deploymentId: null };
