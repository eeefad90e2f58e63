import type { ErrorInfo } from "@millrace/model/run-event";
import { ExpectedError } from "@millrace/model/expected-error";

/** The control plane refused what a run asked it; `code` and message are its own. */
export class QuestionFailed extends ExpectedError {
  readonly code: string;
  constructor({ message, code }: ErrorInfo) {
    super(message);
    this.code = code ?? "question_failed";
  }
}
