import type { FollowOptions } from "../connection/follow.ts";
import { RunStateDocument, TerminateRunDocument } from "../connection/documents.gen.ts";
import type { UserApi } from "../connection/user-api.ts";
import { UnknownDefinition } from "../errors/client-error.ts";
import {
  awaitEnd,
  readEvents,
  readLogs,
  unknownRun,
  type EventOptions,
  type FollowedEvent,
  type LogOptions,
} from "./follow-run.ts";
import { reexecuteRun, type ReexecuteOptions } from "./reexecute.ts";
import { toRunState, type EndedRun, type RunState } from "./run-state.ts";

/**
 * A run that was launched, or is known by its id. Asking costs a request each time; nothing is kept.
 *
 * What follows a run goes on when the control plane was away meanwhile: it is asked again until it is back.
 */
export class Run {
  readonly id: string;
  readonly #api: UserApi;

  constructor(api: UserApi, id: string) {
    this.#api = api;
    this.id = id;
  }

  /** Its address on the page. */
  get url(): string {
    return `${this.#api.url}/runs/${this.id}`;
  }

  /** How it is now. @throws UnknownDefinition when there is no such run, ClientError */
  async state(): Promise<RunState> {
    const { run } = await this.#api.send(RunStateDocument, { id: this.id });
    if (run === null) throw unknownRun(this.#api, this.id);
    return toRunState(run);
  }

  /**
   * Waits until it has ended, whether it succeeds or not.
   *
   * @example
   * const end = await run.wait({ signal: AbortSignal.timeout(60_000) });
   * if (end.status !== "SUCCESS") throw new Error(`${run.url}: ${end.failureMessage}`);
   *
   * @throws UnknownDefinition when there is no such run, ClientError; the signal's reason.
   */
  wait(options: FollowOptions = {}): Promise<EndedRun> {
    return awaitEnd(this.#api, this.id, options);
  }

  /**
   * Its events in order, those that there are and then each as it comes, until it has ended.
   *
   * @example
   * for await (const event of run.events())
   *   if (event.type === "STEP_FAILURE") console.error(event.stepKey, event.error.message);
   *
   * @throws as `wait`.
   */
  events(options: EventOptions = {}): AsyncIterable<FollowedEvent> {
    return readEvents(this.#api, this.id, options);
  }

  /** What its workers have written to stdout, in pieces, and what they write until it has ended. @throws as `wait`. */
  stdout(options: LogOptions = {}): AsyncIterable<string> {
    return readLogs(this.#api, this.id, "STDOUT", options);
  }

  /** What its workers have written to stderr. Otherwise as `stdout`. */
  stderr(options: LogOptions = {}): AsyncIterable<string> {
    return readLogs(this.#api, this.id, "STDERR", options);
  }

  /**
   * Asks it to end: its code is interrupted, and the run ends `CANCELED`, for which `wait` waits. One that has ended stays as it is.
   *
   * @throws UnknownDefinition when there is no such run, ClientError
   */
  async cancel(): Promise<void> {
    const { terminateRun: answer } = await this.#api.send(TerminateRunDocument, { id: this.id });
    if (answer.__typename === "UnknownDefinition") throw new UnknownDefinition(answer.message);
  }

  /**
   * Launches a run that does again what this one did, or a part of it, with its config, partition and tags.
   *
   * @example
   * const again = await run.reexecute({ strategy: "FROM_FAILURE" });
   *
   * @throws UnknownDefinition when there is no such run, or what it ran is not defined any more; InvalidRunConfig; RequestRefused with the
   * reason `run_not_failed`, `nothing_to_retry`, `outputs_missing`, `events_expired` or `definitions_too_old`.
   */
  async reexecute(options: ReexecuteOptions = {}): Promise<Run> {
    return new Run(this.#api, await reexecuteRun(this.#api, this.id, options));
  }
}
