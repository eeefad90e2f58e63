import { resolve } from "node:path";
import type { ContainerSettings } from "@millrace/model/container-settings";
import { ExpectedError } from "@millrace/model/expected-error";
import type { LocationDocument } from "@millrace/model/location-document";
import { matches } from "./given-environment.ts";
import { findRefusal, type PolicyRules } from "./policy-rules.ts";
import { isInside } from "./real-path.ts";

/**
 * Variables that a location's document may not set: they choose what program or library runs, or are Millrace's. Whoever may
 * write documents at the control plane must not thereby run what they like beside the agent.
 */
const REFUSED_VARIABLES = [
  "PATH",
  "HOME",
  "SHELL",
  "LD_*",
  "DYLD_*",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_EXTRA_CA_CERTS",
  "BASH_ENV",
  "ENV",
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONSTARTUP",
  "PERL5LIB",
  "PERL5OPT",
  "RUBYLIB",
  "RUBYOPT",
  "JAVA_TOOL_OPTIONS",
  "MILLRACE_*",
];

/** What an agent's operator lets the documents of code locations ask for. */
export interface LocationPolicy {
  /** Code must lie in one of these; null: anywhere on the agent's machine. */
  readonly allowedFolders: readonly string[] | null;
  /** What a file allows; null: there is none. */
  readonly rules: PolicyRules | null;
}

/** The agent does not do what a location's document asks; only another document or its operator can change that. */
export class DocumentRefused extends ExpectedError {
  readonly code = "document_refused";
}

/**
 * Decides whether an agent carries out a location's document. Every document passes here before any launcher sees it.
 *
 * @throws DocumentRefused naming what is not allowed.
 */
export function checkLocationDocument(document: LocationDocument, policy: LocationPolicy): void {
  const { code, environment, container = {} } = document;
  checkContainer(container, policy.rules);
  for (const name of Object.keys({ ...environment, ...container.environment })) {
    if (REFUSED_VARIABLES.some((pattern) => matches(name, pattern)))
      throw new DocumentRefused(
        `A code location may not set the environment variable ${name} for this agent: it decides what runs. Set it where the agent runs, and start the agent with --pass-env ${name}`,
      );
  }
  if (policy.rules !== null) checkRules(document, policy.rules);
  if (code.kind !== "folder" || policy.allowedFolders === null) return;
  const { allowedFolders } = policy;
  for (const path of [code.workingDirectory, resolve(code.workingDirectory, code.entry)]) {
    if (!allowedFolders.some((folder) => isInside(path, folder)))
      throw new DocumentRefused(
        `This agent runs no code from ${path}, only from ${allowedFolders.join(", ")} (its option --allow-folder)`,
      );
  }
}

function checkRules(document: LocationDocument, rules: PolicyRules): void {
  const refusal = findRefusal(document, rules);
  if (refusal === null) return;
  const { rule, what, allowed } = refusal;
  throw new DocumentRefused(
    `This agent's policy does not allow ${what}: the rule \`${rule}\` of ${rules.file} allows ${allowed}. Ask for what it allows, have the agent's operator change the rule and start the agent again, or give the location the queue of another agent`,
  );
}

/** Folders and the network of the agent's machine are its operator's to give, by an option or by a rule that names them. */
function checkContainer({ volumes = [], networks = [] }: ContainerSettings, rules: PolicyRules | null): void {
  const folder = rules?.volumes ? undefined : volumes.find((volume) => volume.startsWith("/"));
  if (folder !== undefined)
    throw new DocumentRefused(
      `This agent lets nobody else mount folders of its machine, as \`container.volumes\` asks with ${folder}. Use a volume of the engine (docker volume create), or have its operator start it with --docker-volume ${folder} or a --policy whose \`volumes\` allow it`,
    );
  const network = networks.find(
    (name) => (name === "host" || name.startsWith("container:")) && !rules?.networks?.includes(name),
  );
  if (network !== undefined)
    throw new DocumentRefused(
      `This agent lets nobody else put containers into the network ${network}, as \`container.networks\` asks. Use a network of the engine (docker network create), or start the agent with --docker-network ${network}`,
    );
}
