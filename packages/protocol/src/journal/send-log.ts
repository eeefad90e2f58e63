import { AgentApiUnreachable, type AgentApiClient } from "../agent-api-client.ts";
import { NoteLogChunkDocument, PutLogChunkDocument, type Directive } from "../agent-api.gen.ts";
import type { S3Objects } from "../object-storage/s3-objects.ts";
import { formatS3Place, parseS3Place } from "../object-storage/s3-place.ts";
import type { WorkerStream } from "@millrace/model/worker-streams";
import type { AttemptOfWorker } from "./deliver-events.ts";
import { outputLink, readOutputPlace } from "./output-place.ts";

/** What is answered to a chunk: where to go on, and what the worker must do. */
interface LogAnswer {
  readonly nextOffset: number;
  readonly directive: Directive;
}

/**
 * Sends a part of a stream once.
 *
 * @throws AgentApiUnreachable when it makes sense to send it again.
 */
export type SendLog = (
  stream: WorkerStream,
  offset: number,
  bytes: Buffer,
  signal: AbortSignal,
) => Promise<LogAnswer>;

const NEWLINE = 0x0a;

/**
 * What sends the output of a directory's worker to where it goes: to the control plane, or to a bucket, so that the control plane is told
 * only how much there is. Marks, which say which step wrote what, go to the control plane in any case.
 *
 * @param onNotice told once when the bucket can't be written.
 */
export function chooseLogSender(
  client: AgentApiClient,
  attempt: AttemptOfWorker,
  workerDirectory: string,
  onNotice: (message: string) => void,
): SendLog {
  const put: SendLog = async (stream, offset, bytes, signal) => {
    const chunk = { ...attempt, stream, offset, bytes: bytes.toString("base64") };
    return (await client.send(PutLogChunkDocument, chunk, { signal })).putLogChunk;
  };
  const place = readOutputPlace(workerDirectory);
  if (place === null) return put;

  const { runId, attempt: number } = attempt;
  const bucket = parseS3Place(place.place);
  const folder = `${runId}/${number}`;
  const told = {
    ...attempt,
    place: formatS3Place(bucket, folder),
    link: place.link === null ? null : outputLink(place.link, runId, number),
  };
  let opened: Promise<S3Objects> | null = null;
  let isNoticed = false;

  async function write(stream: WorkerStream, offset: number, bytes: Buffer): Promise<void> {
    try {
      opened ??= import("../object-storage/s3-objects.ts").then(({ createS3Objects }) =>
        createS3Objects(bucket),
      );
      // As long as any offset is: so the names are in the stream's order.
      await (await opened).put(`${folder}/${stream}/${String(offset).padStart(15, "0")}`, bytes);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
      const message = `What the worker prints can't be written to ${told.place}, which is tried again: ${reason}`;
      if (!isNoticed) onNotice(message);
      isNoticed = true;
      throw new AgentApiUnreachable(message, { cause });
    }
  }

  return async (stream, offset, bytes, signal) => {
    if (stream === "marks") return put(stream, offset, bytes, signal);
    const note = (length: number, lineCount: number): Promise<LogAnswer> =>
      client
        .send(NoteLogChunkDocument, { ...told, stream, offset, length, lineCount }, { signal })
        .then(({ noteLogChunk }) => noteLogChunk);
    // First what is stored already: objects do not overlap when a chunk comes again, cut differently.
    const known = await note(0, 0);
    if (known.directive === "SUPERSEDED" || known.nextOffset !== offset) return known;
    await write(stream, offset, bytes);
    return note(bytes.length, bytes.filter((byte) => byte === NEWLINE).length);
  };
}
