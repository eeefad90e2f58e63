/** One part of a condition, as the API answers it: of an evaluation that is kept, or as it is now. */
export interface ConditionPart {
  readonly name: string;
  readonly target: string;
  readonly candidates: number;
  readonly count: number;
  /** Now: for one partition. Kept: for which of them. */
  readonly holds: unknown;
  readonly lastMaterialized?: string | null;
  readonly lastFailed?: string | null;
  readonly children: readonly ConditionPart[];
}

/** `unasked`: parts before it have left nothing to ask about. */
export type PartState = "holds" | "fails" | "unasked";

export function stateOfPart({ candidates, holds, count }: ConditionPart): PartState {
  if (candidates === 0) return "unasked";
  return (typeof holds === "boolean" ? holds : count > 0) ? "holds" : "fails";
}

/** More parts than this that are alike are shown as one. */
const SHOWN_ALIKE = 8;

/** The parts in their order, each by itself; those of which many have one name and one state together, where the first of them stands. */
export function foldAlike(parts: readonly ConditionPart[]): (readonly ConditionPart[])[] {
  const places = new Map(parts.map((part, index) => [part, index]));
  const placeOf = (part: ConditionPart | undefined): number => (part && places.get(part)) ?? -1;
  const alike = Map.groupBy(parts, (part) => `${stateOfPart(part)} ${part.name}`);
  return [...alike.values()]
    .flatMap((group) => (group.length > SHOWN_ALIKE ? [group] : group.map((part) => [part])))
    .sort(([one], [other]) => placeOf(one) - placeOf(other));
}
