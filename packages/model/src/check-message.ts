/** What the evaluation of a check says where its code says nothing. */
export function plainCheckMessage(check: {
  readonly checkName: string;
  readonly assetKey: string;
  readonly passed: boolean;
}): string {
  return `Check ${check.checkName} of ${check.assetKey} ${check.passed ? "passed" : "did not pass"}`;
}
