// Before anything else is loaded: a step waits for as long as its process takes to start.
process.getBuiltinModule("node:module").enableCompileCache();
await import("./step-worker.ts");
