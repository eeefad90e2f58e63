-- A change is found by its number, or by its id while it has none. Its event says the message.
alter table run_change drop constraint run_change_pkey, drop column message;

-- Tokens are looked for as a whole, and no two are equal: each is 32 random bytes.
alter table run_attempt drop constraint run_attempt_token_hash_key;
create index run_attempt_token on run_attempt using hash (token_hash);

-- Nobody asks for the values that steps have read and stored alone.
drop index run_event_type;
create index run_event_type on run_event (run_id, type, position) where type not in ('LOG', 'LOADED_INPUT', 'HANDLED_OUTPUT');
