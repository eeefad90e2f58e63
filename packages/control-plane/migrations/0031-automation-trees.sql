-- The trees of evaluations of one round, many in one compressed document: they repeat the same conditions. See automation/tree-document.ts.
create table automation_trees (
  id bigint generated always as identity primary key,
  deployment_id text not null references deployment,
  document bytea not null
);
create index automation_trees_of on automation_trees (deployment_id);

alter table automation_evaluation
  -- null: `tree` is in the document `trees_id`, at this place
  alter column tree drop not null,
  add column trees_id bigint references automation_trees,
  add column tree_place integer;
create index automation_evaluation_trees on automation_evaluation (trees_id);
