-- What a token may ask for; null: the work of every queue.
alter table agent_token add column queues text[];
-- The token that an agent has registered with; no other one speaks for the agent. Null: it registered before there was this column.
alter table agent add column token_id uuid references agent_token;
create index agent_of_token on agent (token_id);
