import { ExpectedError } from "./expected-error.ts";

/** Text that names neither a person nor a team. */
export class InvalidOwner extends ExpectedError {
  readonly code = "invalid_owner";
}

/** Who owns a definition: a person by e-mail address, or a team. */
export type Owner =
  | { readonly kind: "person"; readonly email: string }
  | { readonly kind: "team"; readonly name: string };

const TEAM_PREFIX = "team:";
const EMAIL = /^[\w.%+-]+@[\w.-]+\.[a-zA-Z]{2,}$/;

/** Reads an owner as authors write it: `ann@example.org` or `team:data`. Throws `InvalidOwner`. */
export function parseOwner(text: string): Owner {
  if (text.startsWith(TEAM_PREFIX) && text.length > TEAM_PREFIX.length)
    return { kind: "team", name: text.slice(TEAM_PREFIX.length) };
  if (EMAIL.test(text)) return { kind: "person", email: text };
  throw new InvalidOwner(`"${text}" is not an owner: write an e-mail address or "team:" and the team's name`);
}
