import { MASKED_VARIABLES } from "@millrace/model/masked-variables";
import { listSecretForms } from "./secret-forms.ts";

/**
 * The secrets that a process's launcher has given it as environment variables, in all forms in which they must not show, whether or
 * not config asks for them.
 */
export function listGivenSecrets(variables: Readonly<Record<string, string | undefined>>): Set<string> {
  const names = variables[MASKED_VARIABLES]?.split(",") ?? [];
  return new Set(names.flatMap((name) => listSecretForms(variables[name] ?? "")));
}
