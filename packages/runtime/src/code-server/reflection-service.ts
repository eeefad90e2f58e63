import { create, toBinary, type DescFile, type DescService } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { status, type ServerDuplexStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  ErrorResponseSchema,
  FileDescriptorResponseSchema,
  ListServiceResponseSchema,
  ServerReflectionResponseSchema,
  type ListServiceResponse,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@millrace/protocol/gen/grpc/reflection/v1/reflection_pb";

type Answer = ServerReflectionResponse["messageResponse"];

/** The handlers of grpc.reflection.v1.ServerReflection: tools such as grpcurl ask here what is served. */
export function createReflectionService(services: readonly DescService[]): UntypedServiceImplementation {
  const files = new Map<string, DescFile>();
  for (const service of services) addWithImports(service.file, files);

  function answer({ messageRequest: request }: ServerReflectionRequest): Answer {
    switch (request.case) {
      case "listServices":
        return { case: "listServicesResponse", value: listResponse(services) };
      case "fileByFilename":
        return fileAnswer(files.get(request.value), request.value);
      case "fileContainingSymbol":
        return fileAnswer(
          [...files.values()].find((file) => defines(file, request.value)),
          request.value,
        );
      case "allExtensionNumbersOfType":
      case "fileContainingExtension":
        return notFound("There are no extensions here");
      default:
        return failure(status.INVALID_ARGUMENT, "The request asks for nothing that is known");
    }
  }

  return {
    serverReflectionInfo(call: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) {
      call.on("data", (request: ServerReflectionRequest) => {
        call.write(
          create(ServerReflectionResponseSchema, {
            validHost: request.host,
            originalRequest: request,
            messageResponse: answer(request),
          }),
        );
      });
      call.on("end", () => call.end());
    },
  };
}

/** The file, then everything it imports, each once. */
function fileAnswer(file: DescFile | undefined, name: string): Answer {
  if (file === undefined) return notFound(`There is no "${name}" here`);
  const files = new Map<string, DescFile>();
  addWithImports(file, files);
  const fileDescriptorProto = [...files.values()].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return {
    case: "fileDescriptorResponse",
    value: create(FileDescriptorResponseSchema, { fileDescriptorProto }),
  };
}

function addWithImports(file: DescFile, files: Map<string, DescFile>): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const dependency of file.dependencies) addWithImports(dependency, files);
}

function defines(file: DescFile, symbol: string): boolean {
  return (
    file.messages.some(
      (message) => symbol === message.typeName || symbol.startsWith(`${message.typeName}.`),
    ) ||
    file.enums.some((type) => symbol === type.typeName || symbol.startsWith(`${type.typeName}.`)) ||
    file.services.some((service) => symbol === service.typeName || symbol.startsWith(`${service.typeName}.`))
  );
}

function listResponse(services: readonly DescService[]): ListServiceResponse {
  return create(ListServiceResponseSchema, { service: services.map(({ typeName }) => ({ name: typeName })) });
}

function notFound(message: string): Answer {
  return failure(status.NOT_FOUND, message);
}

function failure(errorCode: status, errorMessage: string): Answer {
  return { case: "errorResponse", value: create(ErrorResponseSchema, { errorCode, errorMessage }) };
}
