/** What tells where things are on a machine: in a container, that is its image's affair. */
const OF_THE_MACHINE = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TMPDIR",
  "XDG_CACHE_HOME",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/**
 * What every process of user code needs of its machine, by name; a name that ends with `*` stands for all that begin so.
 * Nothing else is inherited: an agent's environment holds its own keys.
 */
const ALWAYS_GIVEN = [
  ...OF_THE_MACHINE,
  "LANG",
  "LANGUAGE",
  "LC_*",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
];
/** The agent's own settings and secrets: never given, whatever is asked. */
const NEVER_GIVEN = "MILLRACE_*";

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/**
 * What of an agent's environment its code servers and workers are given; launchers add the location's own variables.
 *
 * @param passed names besides those that are always given, as the agent's operator asked; `*` stands for all.
 */
export function giveEnvironment(
  agentEnvironment: Readonly<Record<string, string | undefined>>,
  passed: readonly string[],
): Environment {
  const given = [...ALWAYS_GIVEN, ...passed];
  return Object.fromEntries(
    Object.entries(agentEnvironment).flatMap(([name, value]) =>
      value !== undefined && !matches(name, NEVER_GIVEN) && given.some((pattern) => matches(name, pattern))
        ? [[name, value]]
        : [],
    ),
  );
}

/** The same environment for a container on that machine. */
export function withoutMachine(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OF_THE_MACHINE.includes(name)));
}

/** Whether a name is the one that a pattern names, or one of those when it ends with `*`. */
export function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
