import { prepareHome } from "@millrace/protocol/homes/prepare-home";
import { checkDatabaseUrl } from "./database/check-database-url.ts";
import { checkLogPlace } from "./logs/storage/open-log-storage.ts";

/**
 * Checks what can be known of a server's options before anything of it is loaded: addresses, and the home where it keeps something there.
 *
 * @throws DatabaseUnusable, HomeUnusable, S3PlaceInvalid with what to do about it.
 */
export function checkServerOptions(options: {
  readonly home: string;
  readonly databaseUrl?: string;
  readonly listenUrl?: string;
  readonly logs?: string;
}): void {
  if (options.databaseUrl) checkDatabaseUrl(options.databaseUrl, "--database-url");
  if (options.listenUrl) checkDatabaseUrl(options.listenUrl, "--listen-url");
  if (!options.databaseUrl || options.logs === undefined) prepareHome(options.home);
  if (options.logs !== undefined) checkLogPlace(options.logs);
}
