import { ExpectedError } from "@millrace/model/expected-error";

/** One thing that is wrong with a config. */
export interface ConfigIssue {
  /** Place inside the config: `orders[0].total`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** A config that does not match its schema. The message names every place that is wrong. */
export class InvalidConfig extends ExpectedError {
  readonly code = "invalid_config";
  readonly issues: readonly ConfigIssue[];

  constructor(where: string, issues: readonly ConfigIssue[]) {
    super(issues.map((issue) => `${joinPath(where, issue.path)}: ${issue.message}`).join("\n"));
    this.name = "InvalidConfig";
    this.issues = issues;
  }
}

function joinPath(where: string, path: string): string {
  if (path === "") return where;
  return path.startsWith("[") ? `${where}${path}` : `${where}.${path}`;
}
