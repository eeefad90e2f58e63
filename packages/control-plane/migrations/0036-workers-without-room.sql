-- A worker whose disk is full says so without it, and the run's page says what it waits for.
alter table run_attempt
  -- why its worker can't write down what happens; null: it can
  add column held_by text;
