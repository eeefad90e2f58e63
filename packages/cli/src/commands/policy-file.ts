import { readFileSync } from "node:fs";
import { InvalidPolicy, parsePolicyRules, type PolicyRules } from "@millrace/agent/policy/policy-rules";
import { isMap } from "yaml";
import { CommandError } from "../user-api/client.ts";
import { parseYamlFile } from "./yaml-file.ts";

/**
 * Reads the file of `millrace agent run --policy`.
 *
 * @throws CommandError with `file:line:column`.
 */
export function readPolicyFile(file: string): PolicyRules {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (cause) {
    throw new CommandError(`Can't read the policy ${file}: ${(cause as Error).message}`, { cause });
  }
  const { document, at } = parseYamlFile(file, source);
  try {
    return parsePolicyRules(document.toJS(), file);
  } catch (cause) {
    if (!(cause instanceof InvalidPolicy)) throw cause;
    const [rule] = cause.path;
    const { contents } = document;
    // Of a rule as a whole its name is shown, of what is in it that.
    const key = isMap(contents) ? contents.items.find((pair) => String(pair.key) === rule)?.key : undefined;
    const node = cause.path.length > 1 ? document.getIn(cause.path, true) : key;
    throw new CommandError(`${at(node ?? contents)}: ${cause.message}`, { cause });
  }
}
