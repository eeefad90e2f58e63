import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { CheckResult } from "../../assets/check-result.ts";
import type { AssetSchema } from "../../assets/value-schema.ts";
import { formatPath, issuePath } from "../../config/format-issue-path.ts";
import type { ConfigIssue } from "../../config/invalid-config.ts";
import { metadata } from "../../metadata/metadata.ts";

/** Rows of a stream that are held against the schema at once, and in memory until then: each may be large. */
const BATCH_ROWS = 100;
/** Places that are reported one by one; of the others, how many they are. */
const MAX_ISSUES = 50;
/** Places in a message. */
const MAX_NAMED = 5;
/** Characters of a place, and of what is wrong there. */
const MAX_PATH = 200;
const MAX_MESSAGE = 500;

/** Holds a value, or the rows of one, against a schema. */
export class Validation {
  readonly #schema: AssetSchema;
  readonly #issues: ConfigIssue[] = [];
  #issueCount = 0;
  #isWhole = false;

  constructor(schema: AssetSchema) {
    this.#schema = schema;
  }

  /** Whether something does not match, which must not be stored. */
  get refuses(): boolean {
    return this.#issueCount > 0 && this.#schema.severity === "ERROR";
  }

  /** Looks at a value as a whole. */
  async checkValue(value: unknown): Promise<void> {
    await this.#hold(value, null);
    this.#isWhole = true;
  }

  /**
   * The rows of a stream, each batch of them looked at as an array before it goes on. Of a schema that refuses, those up to the
   * first batch that does not match.
   *
   * @throws InvalidRows after these: whoever stores the rows must not keep them.
   */
  async *checkRows(rows: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<unknown, void, void> {
    let batch: unknown[] = [];
    let seen = 0;
    for await (const row of rows) {
      if (batch.push(row) < BATCH_ROWS) continue;
      yield* await this.#checkBatch(batch, seen);
      seen += batch.length;
      batch = [];
    }
    // No rows at all are an empty array.
    if (batch.length > 0 || seen === 0) yield* await this.#checkBatch(batch, seen);
    this.#isWhole = true;
  }

  /** What the check of the schema says; undefined when not all was looked at. */
  result(): CheckResult | undefined {
    if (!this.#isWhole && !this.refuses) return undefined;
    if (this.#issueCount === 0) return { passed: true };
    const rows = this.#issues.map(({ path, message }) => ({ place: path, problem: message }));
    return {
      passed: false,
      description: this.describe(),
      metadata: { issues: metadata.table(rows), issue_count: this.#issueCount },
    };
  }

  /** What does not match, in a sentence. */
  describe(): string {
    const named = this.#issues.slice(0, MAX_NAMED);
    const others = this.#issueCount - named.length;
    const places = named.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    const more = others === 0 ? "" : ` (and ${others} more)`;
    return `The value does not match the schema: ${places.join("; ")}${more}`;
  }

  async #checkBatch(batch: readonly unknown[], first: number): Promise<readonly unknown[]> {
    await this.#hold(batch, first);
    if (this.refuses) throw new InvalidRows();
    return batch;
  }

  /** @param first which row of all the first one of the value is; null: the value is not rows of a stream. */
  async #hold(value: unknown, first: number | null): Promise<void> {
    const { issues = [] } = await this.#schema.standard.validate(value);
    this.#issueCount += issues.length;
    for (const issue of issues.slice(0, MAX_ISSUES - this.#issues.length))
      this.#issues.push(readIssue(issue, first));
  }
}

/** Ends a stream of rows that must not be stored. */
export class InvalidRows extends Error {
  constructor() {
    super("Rows of the value do not match the asset's schema");
    this.name = "InvalidRows";
  }
}

function readIssue(issue: StandardSchemaV1.Issue, first: number | null): ConfigIssue {
  const [index, ...rest] = issuePath(issue);
  const path = first !== null && typeof index === "number" ? [first + index, ...rest] : issuePath(issue);
  return { path: cut(formatPath(path), MAX_PATH), message: cut(issue.message, MAX_MESSAGE) };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
