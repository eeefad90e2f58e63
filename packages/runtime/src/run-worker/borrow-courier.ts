import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import type { Directive } from "@millrace/protocol/agent-api.gen";
import type { CourierListener } from "@millrace/protocol/journal/courier";
import type { CourierAssignment, FromCourier, ToCourier } from "@millrace/protocol/journal/courier-messages";
import { hearCourier, type CourierHandle } from "./courier-handle.ts";

/** A run that lasts longer than this has a courier of its own, which needs no agent. */
const OWN_AFTER_MS = 5_000;
/** From one word about the journal to the next: the courier looks at it every tenth of a second anyway. */
const POKE_EVERY_MS = 20;

/**
 * The courier that the agent lends over the IPC channel: it has connections open and its code compiled, while a thread costs a
 * short run more than everything else. Once the run has lasted a while, or the agent is gone, the worker starts its own, which
 * goes on where the other one had come to.
 *
 * @param startOwn starts the worker's own courier.
 * @param ownAfterMs milliseconds.
 */
export function borrowCourier(
  startOwn: () => CourierHandle,
  ownAfterMs: number = OWN_AFTER_MS,
): CourierHandle {
  const lent = hearCourier();
  const started = Promise.withResolvers<Directive>();
  const completed = Promise.withResolvers<string | null>();
  let run: { readonly assignment: CourierAssignment; readonly listener: CourierListener } | null = null;
  let own: CourierHandle | null = null;
  let hasStarted = false;
  let isComplete = false;
  let isHeld = true;
  let heldBy: string | null = null;
  let pokedAt = -POKE_EVERY_MS;
  let isPokeDue = false;

  const tellCourier = (message: ToCourier): void => void process.send?.(message, () => {}); // Its "disconnect" tells that the channel is closed.
  const onMessage = (message: FromCourier): void => lent.hear(message);

  function goOnAlone(): void {
    if (run === null || own !== null) return;
    own = startOwn();
    own.holdProcess(isHeld);
    process.off("message", onMessage).off("disconnect", goOnAlone);
    if (process.connected) process.disconnect();
    const { assignment, listener } = run;
    own.start(assignment, listener).then((directive) => {
      if (!hasStarted) started.resolve(directive);
      else if (directive !== "CONTINUE") listener.onDirective(directive);
    }, started.reject);
    if (heldBy !== null) own.hold(heldBy);
    if (isComplete) own.complete().then(completed.resolve, completed.reject);
  }

  /** At once and not by a timer, as far as possible: the author's code may keep the thread busy from here on. */
  function pokeLent(): void {
    const waitMs = pokedAt + POKE_EVERY_MS - performance.now();
    if (waitMs <= 0) {
      pokedAt = performance.now();
      tellCourier({ type: "poke" });
    } else if (!isPokeDue) {
      isPokeDue = true;
      after(backgroundClock, waitMs, () => {
        isPokeDue = false;
        if (own === null) pokeLent();
      });
    }
  }

  function holdProcess(hold: boolean): void {
    isHeld = hold;
    if (own !== null) own.holdProcess(hold);
    else if (hold) process.channel?.ref();
    else process.channel?.unref();
  }

  holdProcess(true);
  // From now on: the agent asks at once whether the attempt may begin, and the answer may be here before the attempt is.
  process.on("message", onMessage);
  return {
    start(assignment, listener) {
      run = { assignment, listener };
      lent.listener = listener;
      lent.started.then(started.resolve, started.reject);
      lent.completed.then(completed.resolve, completed.reject);
      process.once("disconnect", goOnAlone);
      after(backgroundClock, ownAfterMs, goOnAlone);
      if (!process.connected) goOnAlone();
      return started.promise.then((directive) => {
        hasStarted = true;
        return directive;
      });
    },
    poke() {
      if (own === null) pokeLent();
      else own.poke();
    },
    pulse() {
      if (own === null) tellCourier({ type: "pulse" });
      else own.pulse();
    },
    hold(by) {
      heldBy = by;
      if (own === null) tellCourier({ type: "held", by });
      else own.hold(by);
    },
    complete() {
      isComplete = true;
      if (own === null) tellCourier({ type: "complete" });
      else own.complete().then(completed.resolve, completed.reject);
      return completed.promise;
    },
    holdProcess,
  };
}
