export { s3Bucket, type S3Bucket, type S3Config } from "./s3-bucket.ts";
export { S3AnswerUnreadable, S3RequestFailed, S3Unreachable } from "./s3-errors.ts";
export { s3IoManager, type S3IoManagerOptions } from "./s3-io-manager.ts";
