import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { ServiceError } from "@grpc/grpc-js";
import type { ErrorInfo } from "@millrace/model/run-event";
import { StatusSchema } from "@millrace/protocol/gen/google/rpc/status_pb";
import { readErrorDetail } from "@millrace/protocol/error-detail";
import { ErrorDetailSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** What the code server itself says about a failed call; null when it is the call that failed, not what was asked. */
export function findErrorDetail(error: ServiceError): ErrorInfo | null {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(details)) return null;
  for (const detail of fromBinary(StatusSchema, details).details) {
    const found = anyUnpack(detail, ErrorDetailSchema);
    if (found) return readErrorDetail(found);
  }
  return null;
}
