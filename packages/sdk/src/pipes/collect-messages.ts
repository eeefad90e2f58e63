import type { AssetKey } from "@millrace/model/asset-key";
import type { CheckResult } from "../assets/check-result.ts";
import { assetCheckEvaluation, assetMaterialization } from "../ticks/asset-event.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { PipesStepContext } from "./pipes-context.ts";
import { parsePipesMessage, type PipesMessage } from "./pipes-message.ts";

/** Characters of an unreadable line that its warning repeats. */
const MAX_QUOTED = 200;

/** What a script reported of an asset. */
export interface PipesMaterialization {
  readonly dataVersion: string | null;
  readonly metadata: MetadataRecord;
}

/** What a script reported of a check. */
export interface PipesCheck extends CheckResult {
  readonly assetKey: AssetKey;
  readonly checkName: string;
}

/** Everything that a script has said so far. */
export interface PipesReports {
  readonly materializations: ReadonlyMap<AssetKey, PipesMaterialization>;
  readonly checks: readonly PipesCheck[];
  readonly customMessages: readonly unknown[];
  readonly unreadableMessages: readonly string[];
  readonly isOpened: boolean;
  readonly isClosed: boolean;
  /** What the script said went wrong. */
  readonly exception: Error | null;
}

/** Collects the messages of one script: logs at once what is for the log and keeps the rest. */
export class MessageCollector implements PipesReports {
  readonly materializations = new Map<AssetKey, PipesMaterialization>();
  readonly checks: PipesCheck[] = [];
  readonly customMessages: unknown[] = [];
  readonly unreadableMessages: string[] = [];
  isOpened = false;
  isClosed = false;
  exception: Error | null = null;
  readonly #context: PipesStepContext<string>;

  constructor(context: PipesStepContext<string>) {
    this.#context = context;
  }

  /** Takes one line. Never throws: what can not be read is kept, with a warning. */
  receive(line: string): void {
    const message = parsePipesMessage(line);
    if ("problem" in message) {
      this.unreadableMessages.push(line);
      return this.#warn(`A message of the script was kept unread, ${message.problem}: ${quote(line)}`);
    }
    if (this.isClosed) this.#warn(`The script sent "${message.method}" after it had closed Pipes`);
    this.#take(message);
  }

  #take(message: PipesMessage): void {
    switch (message.method) {
      case "opened":
        this.isOpened = true;
        return;
      case "closed":
        this.isClosed = true;
        this.exception = message.exception;
        if (message.exception !== null)
          this.#context.log.error(`The script reported an exception: ${message.exception.stack}`);
        return;
      case "log":
        return this.#context.log[message.level](message.message);
      case "log_external_stream":
        process[message.stream].write(message.text);
        return;
      case "report_custom_message":
        this.customMessages.push(message.payload);
        return;
      case "report_asset_materialization": {
        const { assetKey, dataVersion, metadata } = message;
        if (this.#isOther(assetKey)) {
          const version = dataVersion === null ? {} : { dataVersion };
          this.#context.report(assetMaterialization(assetKey, { metadata, ...version }));
        }
        if (this.materializations.has(assetKey))
          this.#warn(`The script reported asset ${assetKey} more than once; the last report counts`);
        this.materializations.set(assetKey, { dataVersion, metadata });
        return;
      }
      case "report_asset_check": {
        const { method: _, ...check } = message;
        if (this.#isOther(check.assetKey) && this.#context.selectedChecks === undefined)
          this.#context.report(assetCheckEvaluation(check.assetKey, check.checkName, check));
        this.checks.push(check);
      }
    }
  }

  /** Whether the step neither makes nor checks the asset: then its catalog is told here, as nothing that the step returns does it. */
  #isOther(key: AssetKey): boolean {
    const { assets, assetKey } = this.#context;
    return assetKey !== key && !assets.some((asset) => asset.key === key);
  }

  #warn(message: string): void {
    this.#context.log.warning(message);
  }
}

function quote(line: string): string {
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line;
}
