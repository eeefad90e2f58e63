import { randomBytes, randomUUID } from "node:crypto";

/** Where a server's ids and secrets come from: handed to what makes them, so that a simulation can repeat them. */
export interface Ids {
  /** A new UUID. */
  newId(): string;
  /** 32 bytes that nobody can guess, as 43 characters of base64url. */
  newToken(): string;
}

/** Ids that were never there before, and tokens from this machine's source of randomness. */
export const systemIds: Ids = {
  newId: () => randomUUID(),
  newToken: () => randomBytes(32).toString("base64url"),
};

/** Numbers in [0, 1) that follow no rule: what scatters pauses, so that many do not come back at the same instant. */
export const systemRandom: () => number = Math.random;
