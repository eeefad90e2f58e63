export { s3Bucket, type S3Bucket, type S3Config } from "./s3-bucket.ts";
export { s3IoManager, S3RequestFailed, type S3IoManagerOptions } from "./s3-io-manager.ts";
