/** What a state means to a reader; each tone has one colour, `--tone-…`, and is never told by colour alone. */
export type Tone = "good" | "bad" | "warn" | "live" | "idle";

/** A state in words, with its tone; `active` states are still moving. */
export interface StateLook {
  readonly label: string;
  readonly tone: Tone;
  readonly active: boolean;
}

/** How the states of one noun are shown; a state that this version of the page does not know is shown by its name. */
export function createLooks<State extends string>(
  looks: Readonly<Record<State, StateLook>>,
): (state: string) => StateLook {
  return (state) =>
    Object.hasOwn(looks, state) ? looks[state as State] : { label: state, tone: "idle", active: false };
}
