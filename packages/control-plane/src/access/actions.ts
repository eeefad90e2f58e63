/**
 * Everything that somebody can be allowed to do through the user API, each in words that go on after "may". Root fields name one
 * of these, and so do the types that hold something for which seeing what is around it is not enough. What is not in this table
 * can't be asked for.
 */
export const ACTIONS = {
  "deployment.view": "see the deployment and its settings",
  "run.view": "see runs and their events",
  "log.view": "read what runs have written to stdout and stderr",
  "config.view": "see the config of runs",
  "asset.view": "see assets, their history and their checks",
  "definition.view": "see jobs, schedules and sensors",
  "location.view": "see code locations",
  "agent.view": "see agents and what they report",

  "run.launch": "launch runs",
  "run.reexecute": "launch runs again",
  "run.terminate": "end runs",
  "run.delete": "delete runs that have ended",
  "backfill.launch": "launch backfills, hold them and let them go on",
  "backfill.cancel": "cancel backfills",
  "tick.test": "evaluate schedules and sensors",
  "schedule.toggle": "start and stop schedules",
  "sensor.toggle": "start and stop sensors",
  "automation.toggle": "switch automation conditions on and off",
  "sensor.cursor": "set the cursors of sensors",

  "asset.report": "report materializations, observations and checks of assets",
  "asset.wipe": "forget what has happened to assets",
  "asset.archive": "put assets out of sight that nothing defines",
  "partition.add": "add keys of dynamic partitions",
  "partition.delete": "remove keys of dynamic partitions",
  "location.deploy": "add code locations and change them",
  "location.reload": "have code loaded again",
  "location.pause": "hold back the runs of code locations",
  "location.remove": "remove code locations",

  "settings.edit": "change the deployment's settings",
  "agent.drain": "have agents take no more work",
  "agent.remove": "forget agents that are gone",
  "agent_token.view": "see the tokens of agents",
  "agent_token.create": "make tokens for agents",
  "agent_token.revoke": "revoke tokens of agents",
} as const;

export type Action = keyof typeof ACTIONS;
