import { ExpectedError } from "../expected-error.ts";
import { HOUR, MINUTE, SECOND } from "./civil.ts";

/**
 * A stretch of time in which a zone keeps one offset: `[start, end)` in milliseconds since the epoch, `offset` in
 * milliseconds east of UTC. Neighbouring segments may have the same offset (they are also cut at the turn of a year).
 */
export interface ZoneSegment {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** The instants that a wall-clock time stands for: equal ones as a rule, two different ones when the clock went back. */
export interface LocalTimeInstants {
  readonly first: number;
  readonly last: number;
  /** The wall clock skipped this time; both instants are then as far after the gap as it lies in the gap. */
  readonly skipped: boolean;
}

export class UnknownTimeZone extends ExpectedError {
  readonly code = "unknown_time_zone";
  constructor(zone: string) {
    super(`"${zone}" is not a time zone: use an IANA name such as Europe/Berlin`);
  }
}

/** Offsets are looked up this far apart, so two changes that undo each other within a week go unseen. */
const PROBE_STEP = 7 * 24 * HOUR;
/** Before this, clocks followed the sun at each place and changed for nobody: one segment holds all of it. */
const FIRST_CHANGES = Date.UTC(1800, 0, 1);
/** No zone is, or was, further from UTC than this. */
const MAX_OFFSET = 16 * HOUR;

/**
 * A time zone whose offsets are read from the runtime's tz data once per year of interest and then kept: asking the
 * runtime costs a microsecond and more, which listing 100,000 ticks would pay each time.
 */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, readonly ZoneSegment[]>();
  readonly #fixed: ZoneSegment | null;
  #recent: ZoneSegment;

  /** @throws UnknownTimeZone */
  constructor(name: string) {
    this.name = name;
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch {
      throw new UnknownTimeZone(name);
    }
    const isUtc = /^(etc\/)?(utc|gmt|uct|zulu|universal|greenwich)$/i.test(name);
    this.#fixed = isUtc ? { start: -Infinity, end: Infinity, offset: 0 } : null;
    this.#recent = this.#fixed ?? { start: 0, end: 0, offset: 0 };
  }

  /** The segment that contains an instant. */
  segmentAt(instant: number): ZoneSegment {
    const recent = this.#recent;
    if (instant >= recent.start && instant < recent.end) return recent;
    this.#recent = this.#findSegment(instant);
    return this.#recent;
  }

  /** Milliseconds to add to an instant to get its wall-clock time (as if that were UTC). */
  offsetAt(instant: number): number {
    return this.segmentAt(instant).offset;
  }

  /** The instants at which clocks of this zone show `local` (wall time as if it were UTC, in milliseconds). */
  instantsOfLocal(local: number): LocalTimeInstants {
    if (this.#fixed) return { first: local, last: local, skipped: false };
    const found: number[] = [];
    let moved = local;
    let segment = this.segmentAt(local - MAX_OFFSET);
    while (segment.start <= local + MAX_OFFSET) {
      const instant = local - segment.offset;
      if (instant >= segment.start && instant < segment.end) found.push(instant);
      if (instant >= segment.end) moved = instant;
      segment = this.segmentAt(segment.end);
    }
    const first = found[0];
    if (first === undefined) return { first: moved, last: moved, skipped: true };
    return { first, last: found.at(-1) ?? first, skipped: false };
  }

  /** Whether clocks of this zone showed the wall time of this instant before, because they have since gone back. */
  isRepeated(instant: number): boolean {
    const segment = this.segmentAt(instant);
    const age = instant - segment.start;
    return age < MAX_OFFSET && age < this.offsetAt(segment.start - 1) - segment.offset;
  }

  #findSegment(instant: number): ZoneSegment {
    if (instant < FIRST_CHANGES) {
      return { start: -Infinity, end: FIRST_CHANGES, offset: this.#readOffset(FIRST_CHANGES) };
    }
    const segments = this.#segmentsOfYear(new Date(instant).getUTCFullYear());
    const found = segments.find((segment) => instant < segment.end);
    if (!found) throw new RangeError(`No offset for ${instant} in ${this.name}`);
    return found;
  }

  #segmentsOfYear(year: number): readonly ZoneSegment[] {
    const known = this.#years.get(year);
    if (known) return known;
    const end = Date.UTC(year + 1, 0, 1);
    const segments: ZoneSegment[] = [];
    let start = Date.UTC(year, 0, 1);
    let offset = this.#readOffset(start);
    for (let before = start; before < end - SECOND;) {
      const probe = Math.min(before + PROBE_STEP, end - SECOND);
      const next = this.#readOffset(probe);
      if (next !== offset) {
        const change = this.#findChange(before, probe, offset);
        segments.push({ start, end: change, offset });
        start = change;
        // Look again from the change on: there may be a second one before the probe.
        offset = this.#readOffset(change);
        before = change;
      } else before = probe;
    }
    segments.push({ start, end, offset });
    this.#years.set(year, segments);
    return segments;
  }

  /** The first second in `(before, after]` whose offset is not `offset`. */
  #findChange(before: number, after: number, offset: number): number {
    let low = before / SECOND;
    let high = after / SECOND;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#readOffset(middle * SECOND) === offset) low = middle;
      else high = middle;
    }
    return high * SECOND;
  }

  #readOffset(instant: number): number {
    const numbers = this.#format.format(instant).match(/\d+/g)?.map(Number) ?? [];
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbers;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  }
}

const zones = new Map<string, TimeZone>();

/**
 * The zone with this name; its offsets stay cached for the life of the process.
 *
 * @throws UnknownTimeZone
 */
export function getTimeZone(name: string): TimeZone {
  let zone = zones.get(name);
  if (!zone) {
    zone = new TimeZone(name);
    zones.set(name, zone);
  }
  return zone;
}

/** Formats an offset in milliseconds as `+0530` or `-0500`. */
export function formatOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE);
  const digits = `${Math.floor(minutes / 60)}`.padStart(2, "0") + `${minutes % 60}`.padStart(2, "0");
  return (offset < 0 ? "-" : "+") + digits;
}
