-- What a re-execution of a part of a run has from the runs before it: {"knownOutputs", "outputRuns"}, see RunHistory in
-- @millrace/model/run-spec. Null: the run repeats nothing, as nearly all do.
alter table run add column history jsonb;
