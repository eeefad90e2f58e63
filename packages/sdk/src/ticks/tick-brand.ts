/** Marks what evaluations return, whichever copy of this package made it. */
export const TICK: unique symbol = Symbol.for("millrace.tick");
