-- Since when the agent is given no more work of its queues; null: it is.
alter table agent add column drained_at timestamptz;
