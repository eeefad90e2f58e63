/** One case of a vector file, as it stands there. */
export interface OracleCase {
  readonly id: string;
  readonly expected?: unknown;
  readonly irregular?: boolean;
  readonly by_plain_rule?: unknown;
  readonly queries?: readonly OracleQuery[];
  readonly steps?: readonly OracleQuery[];
  readonly definition?: Readonly<Record<string, unknown>>;
}

/** A query or step inside a case; steps without `expected` only change the situation. */
export interface OracleQuery {
  readonly op?: string;
  readonly expected?: unknown;
}

/** Names of fields whose lists are sets, by file. `op:NAME` is the result of that query; `result` is any other result. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  "time-partitions.json": ["op:keys_starting_in"],
  "partition-mappings.json": ["keys", "required_but_nonexistent"],
  "multi-partitions.json": ["op:keys_with_dimension_value"],
  "asset-selection.json": ["result"],
  "op-selection.json": ["result"],
  "data-versions.json": ["op:status", "causes", "root_causes"],
  "automation-conditions.json": ["op:evaluate", "partitions"],
  "reexecution.json": ["steps"],
  "config-and-tags.json": ["errors"],
};

/**
 * What a case expects, in the shape an adapter returns it: the case's own `expected`, or else the list of what its queries
 * or steps expect, in order. Undefined when the case expects nothing (it only prepares later ones).
 */
export function expectedOf(testCase: OracleCase): unknown {
  if ("expected" in testCase) return testCase.expected;
  const parts = judgedParts(testCase);
  return parts ? parts.map((part) => part.expected) : undefined;
}

/**
 * Whether an adapter's answer to a case is right. Any error equals any expected error. For irregular cases either the
 * reference's answer or the plain rule's is right.
 */
export function isEqualAnswer(file: string, testCase: OracleCase, actual: unknown): boolean {
  const sets = SETS[file] ?? [];
  const parts = "expected" in testCase ? null : judgedParts(testCase);
  if (!parts) {
    const expected = expectedOf(testCase);
    if (expected === undefined) return !isError(actual);
    if (isSame(expected, actual, sets, "result")) return true;
    return testCase.irregular === true && isSame(testCase.by_plain_rule, actual, sets, "result");
  }
  if (!Array.isArray(actual) || actual.length !== parts.length) return false;
  const answers: readonly unknown[] = actual;
  if (parts.every((part, i) => isSame(part.expected, answers[i], sets, `op:${part.op}`))) return true;
  return testCase.irregular === true && followsPlainRule(testCase.by_plain_rule, parts, answers, sets);
}

/**
 * Whether the answers to all queries that the plain rule has a value for are that value. The other queries of such a case
 * were recorded after the reference had deviated, so they say nothing here.
 */
function followsPlainRule(
  plain: unknown,
  parts: readonly OracleQuery[],
  answers: readonly unknown[],
  sets: readonly string[],
): boolean {
  if (!isRecord(plain)) return false;
  return parts.every((part, i) => {
    const op = part.op ?? "";
    return !(op in plain) || isSame(plain[op], answers[i], sets, `op:${op}`);
  });
}

function judgedParts(testCase: OracleCase): readonly OracleQuery[] | null {
  const parts = testCase.queries ?? testCase.steps;
  return parts ? parts.filter((part) => "expected" in part) : null;
}

function isSame(expected: unknown, actual: unknown, sets: readonly string[], name: string): boolean {
  if (isError(expected)) return isError(actual);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    const answers: readonly unknown[] = actual;
    if (!sets.includes(name)) return expected.every((item, i) => isSame(item, answers[i], sets, ""));
    const rest = [...answers];
    return expected.every((item) => {
      const found = rest.findIndex((candidate) => isSame(item, candidate, sets, ""));
      if (found >= 0) rest.splice(found, 1);
      return found >= 0;
    });
  }
  if (isRecord(expected)) {
    if (!isRecord(actual)) return false;
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].every((field) => isSame(expected[field], actual[field], sets, field));
  }
  return Object.is(expected, actual);
}

function isError(value: unknown): boolean {
  return isRecord(value) && "error" in value && Object.keys(value).length === 1;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
