import { ExpectedError } from "../expected-error.ts";

/** Something that a step makes or evaluates: an asset, or a check. */
export interface StepMember {
  readonly key: string;
  /** The step that is for it. */
  readonly stepKey: string;
  /** Only those members of a step are for one call of its code whose texts here are equal. */
  readonly likeness: string;
  /** Keys of what must be there first. Members of the same step count; what is not among the members is passed over. */
  readonly upstream: readonly string[];
}

/** A call of a step's code for some of its members, or for all. */
export interface StepPart {
  /** That of the step for the first part of it, then the step's with a number: `dbt`, `dbt_2`, … */
  readonly key: string;
  readonly stepKey: string;
  /** Keys of its members, each after those of them that it depends on. */
  readonly members: readonly string[];
}

/** What makes two steps wait for each other: a member, and one of another step that it depends on. */
export interface StepWait {
  readonly member: StepMember;
  readonly upstream: StepMember;
}

/** Steps wait for each other in a circle, and none of them can be run in parts. */
export class InseparableSteps extends ExpectedError {
  readonly code = "inseparable_steps";
  /** The circle: the upstream of each is of the step that waits next. */
  readonly circle: readonly StepWait[];
  constructor(circle: readonly StepWait[]) {
    const waits = circle.map(
      ({ member, upstream }) => `"${member.key}" of ${member.stepKey} ← "${upstream.key}"`,
    );
    super(`These steps wait for each other: ${waits.join(", ")}`);
    this.circle = circle;
  }
}

/**
 * Cuts steps into parts, so that everything comes after what it depends on: a step is called as seldom as the members of other
 * steps between its own allow, as far as a walk that never looks back can tell. The same members, in whatever order, give the
 * same parts. They come in an order in which they can run.
 *
 * @param canSplit Whether a step may be called for some of its members at a time.
 * @param isTaken Whether a key is that of another step, so that no further part of a step may have it.
 * @throws InseparableSteps
 */
export function splitSteps(
  members: Iterable<StepMember>,
  canSplit: (stepKey: string) => boolean,
  isTaken: (key: string) => boolean,
): StepPart[] {
  const groups = link(members, canSplit);
  const complete: Group[] = [];
  const enter = (node: Node): void => {
    const entering = [node];
    for (const each of entering) {
      each.group.ready.push(each);
      for (const follower of each.followers)
        if (follower.group === each.group && --follower.waitingFor === 0) entering.push(follower);
    }
    if (node.group.ready.length === node.group.left) complete.push(node.group);
  };
  for (const group of groups)
    for (const node of group.members.filter(({ waitingFor }) => waitingFor === 0)) enter(node);
  const parts: Omit<StepPart, "key">[] = [];
  for (;;) {
    // A step that can be done at once is; only when there is none, one is begun that will have to be called again.
    const group = complete.shift() ?? groups.find(({ splits, ready }) => splits && ready.length > 0);
    if (group === undefined) break;
    const made = group.ready.splice(0);
    group.left -= made.length;
    parts.push({ stepKey: group.stepKey, members: made.map(({ member }) => member.key) });
    for (const { followers } of made)
      for (const follower of followers)
        if (follower.group !== group && --follower.waitingFor === 0) enter(follower);
  }
  const stuck = groups.find(({ left }) => left > 0);
  if (stuck) throw new InseparableSteps(findCircle(stuck));
  return nameParts(parts, isTaken);
}

interface Node {
  readonly member: StepMember;
  readonly group: Group;
  readonly upstream: Node[];
  readonly followers: Node[];
  /** Upstream members that are neither made nor ready in the same group. */
  waitingFor: number;
}

/** The members of a step that one call may be for. */
interface Group {
  readonly stepKey: string;
  readonly splits: boolean;
  readonly members: Node[];
  /** Those that the next call of the step can make: nothing outside of it is missing. */
  readonly ready: Node[];
  /** How many are not made yet. */
  left: number;
}

function link(members: Iterable<StepMember>, canSplit: (stepKey: string) => boolean): Group[] {
  const groups = new Map<string, Group>();
  const nodes = new Map<string, Node>();
  for (const member of [...members].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const { key, stepKey, likeness } = member;
    const splits = canSplit(stepKey);
    const name = splits ? JSON.stringify([stepKey, likeness]) : stepKey;
    const group = groups.get(name) ?? { stepKey, splits, members: [], ready: [], left: 0 };
    groups.set(name, group);
    const node: Node = { member, group, upstream: [], followers: [], waitingFor: 0 };
    nodes.set(key, node);
    group.members.push(node);
    group.left++;
  }
  for (const node of nodes.values())
    for (const key of new Set(node.member.upstream)) {
      const upstream = nodes.get(key);
      if (upstream === undefined || upstream === node) continue;
      node.upstream.push(upstream);
      upstream.followers.push(node);
      node.waitingFor++;
    }
  return [...groups.values()];
}

/**
 * Follows what is waited for until it comes to a step where it has been. What waits in a step that can be cut waits for itself
 * alone; in one that can't, all wait for what any of them does.
 */
function findCircle(start: Group): StepWait[] {
  const waits: StepWait[] = [];
  const visited = new Map<Group, number>();
  let node = start.members.find(({ waitingFor }) => waitingFor > 0);
  while (node !== undefined) {
    const { group }: Node = node;
    const begun = visited.get(group);
    if (begun !== undefined) return waits.slice(begun);
    if (!group.splits) visited.set(group, waits.length);
    const waiting: Node | undefined = group.splits ? node : group.members.find((each) => waitsOutside(each));
    const upstream: Node | undefined = waiting?.upstream.find(
      (each) => !isMade(each) && (group.splits || each.group !== group),
    );
    if (waiting !== undefined && upstream !== undefined && upstream.group !== group)
      waits.push({ member: waiting.member, upstream: upstream.member });
    node = upstream;
  }
  return waits;
}

function waitsOutside({ group, waitingFor, upstream }: Node): boolean {
  return waitingFor > 0 && upstream.some((each) => each.group !== group && !isMade(each));
}

/** Members are made together unless their group splits, and one that splits has made all that was ready. */
function isMade({ group, waitingFor }: Node): boolean {
  return group.splits ? waitingFor === 0 : group.left === 0;
}

function nameParts(parts: readonly Omit<StepPart, "key">[], isTaken: (key: string) => boolean): StepPart[] {
  const numbers = new Map<string, number>();
  return parts.map(({ stepKey, members }) => {
    let number = (numbers.get(stepKey) ?? 0) + 1;
    while (number > 1 && isTaken(`${stepKey}_${number}`)) number++;
    numbers.set(stepKey, number);
    return { key: number === 1 ? stepKey : `${stepKey}_${number}`, stepKey, members };
  });
}
