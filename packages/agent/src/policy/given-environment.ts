/**
 * What every process of user code needs of its machine, by name; a name that ends with `*` stands for all that begin so.
 * Nothing else is inherited: an agent's environment holds its own keys.
 */
const ALWAYS_GIVEN = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "LC_*",
  "TZ",
  "TMPDIR",
  "XDG_CACHE_HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
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

/** Whether a name is the one that a pattern names, or one of those when it ends with `*`. */
export function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
