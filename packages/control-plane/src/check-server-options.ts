import { prepareHome } from "@millrace/protocol/homes/prepare-home";
import { checkDatabaseUrl } from "./database/check-database-url.ts";

/**
 * Checks what can be known of a server's options before anything of it is loaded: addresses, and the home where it brings a database.
 *
 * @throws DatabaseUnusable, HomeUnusable with what to do about it.
 */
export function checkServerOptions(options: {
  readonly home: string;
  readonly databaseUrl?: string;
  readonly listenUrl?: string;
}): void {
  if (options.databaseUrl) checkDatabaseUrl(options.databaseUrl, "--database-url");
  else prepareHome(options.home);
  if (options.listenUrl) checkDatabaseUrl(options.listenUrl, "--listen-url");
}
