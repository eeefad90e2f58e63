import {
  BackfillStateDocument,
  CancelBackfillDocument,
  RelaunchBackfillDocument,
  SetBackfillPausedDocument,
} from "../connection/documents.gen.ts";
import { followTopics, type FollowOptions } from "../connection/follow.ts";
import { requireDone } from "../connection/require-done.ts";
import type { UserApi } from "../connection/user-api.ts";
import { UnknownDefinition } from "../errors/client-error.ts";
import { hasEnded, toBackfillState, type BackfillState, type EndedBackfill } from "./backfill-state.ts";

/** A backfill that was launched, or is known by its id. Asking costs a request each time; nothing is kept. */
export class Backfill {
  readonly id: string;
  readonly #api: UserApi;

  constructor(api: UserApi, id: string) {
    this.#api = api;
    this.id = id;
  }

  /** Its address on the page. */
  get url(): string {
    return `${this.#api.url}/backfills/${this.id}`;
  }

  /** How far it is now. @throws UnknownDefinition when there is no such backfill, ClientError */
  state(): Promise<BackfillState> {
    return readState(this.#api, this.id);
  }

  /**
   * Waits until it has ended, whether it has made everything or not. It goes on waiting when the control plane was away meanwhile.
   *
   * @example
   * const backfill = await client.launchBackfill({ job: "nightly" });
   * const { status, targets } = await backfill.wait({ signal: AbortSignal.timeout(3_600_000) });
   * if (status !== "COMPLETED_SUCCESS") console.error(backfill.url, targets.map(({ key, failed }) => `${key}: ${failed}`));
   *
   * @throws UnknownDefinition when there is no such backfill, ClientError; the signal's reason.
   */
  async wait(options: FollowOptions = {}): Promise<EndedBackfill> {
    for await (const patient of followTopics(this.#api, ["backfills"], options)) {
      const state = await readState(patient, this.id);
      if (hasEnded(state)) return state;
    }
    throw new Error(`The changes of backfill ${this.id} ended before the backfill`);
  }

  /**
   * Launches nothing more of it and ends its runs; it ends `CANCELED`, for which `wait` waits.
   *
   * @throws UnknownDefinition; RequestRefused with the reason `backfill_not_in_state` when it has ended.
   */
  async cancel(): Promise<void> {
    requireDone((await this.#api.send(CancelBackfillDocument, { id: this.id })).answer);
  }

  /** Launches nothing more of it; its runs go on. @throws as `cancel`. */
  pause(): Promise<void> {
    return this.#setPaused(true);
  }

  /** Lets it go on after `pause`. @throws as `cancel`. */
  resume(): Promise<void> {
    return this.#setPaused(false);
  }

  /**
   * Launches another one that makes what this one, which has ended, did not make.
   *
   * @param options.all Everything again, also what it made. Default: false.
   * @throws UnknownDefinition; RequestRefused with the reason `backfill_not_in_state` when it goes on.
   */
  async retry(options: { readonly all?: boolean } = {}): Promise<Backfill> {
    const strategy = options.all === true ? "ALL" : "FROM_FAILURE";
    const { answer } = await this.#api.send(RelaunchBackfillDocument, { id: this.id, strategy });
    return new Backfill(this.#api, requireDone(answer).backfill.id);
  }

  async #setPaused(paused: boolean): Promise<void> {
    requireDone((await this.#api.send(SetBackfillPausedDocument, { id: this.id, paused })).answer);
  }
}

async function readState(api: UserApi, id: string): Promise<BackfillState> {
  const { backfill } = await api.send(BackfillStateDocument, { id });
  if (backfill === null) throw new UnknownDefinition(`There is no backfill ${id} at ${api.url}`);
  return toBackfillState(backfill);
}
