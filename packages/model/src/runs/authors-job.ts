/** Whether an author gave the job its name. The job of all assets, and those of schedules and sensors that name assets, are Millrace's own. */
export function isAuthorsJob(name: string): boolean {
  return !name.startsWith("__");
}
