-- A database whose time and ids are the test's. Names are looked up in `public, simulation, pg_catalog`, so that `now()` and
-- `gen_random_uuid()` of the product's own statements and column defaults find these.
create schema simulation;

create table simulation.clock (instant timestamptz not null);

-- As the real one: a transaction has one instant, that of its beginning.
create function simulation.now() returns timestamptz language plpgsql stable as $$
declare
  known text := current_setting('simulation.transaction_instant', true);
begin
  if known is null or known = '' then
    known := (select instant::text from simulation.clock);
    perform set_config('simulation.transaction_instant', known, true);
  end if;
  return known::timestamptz;
end $$;

create sequence simulation.id;

-- In the form of version 4; the digits are hashed so that order tells nothing, as with the real one.
create function simulation.gen_random_uuid() returns uuid language sql volatile as $$
  select overlay(overlay(md5('id ' || nextval('simulation.id')) placing '4' from 13) placing '8' from 17)::uuid
$$;

-- Hints that were given in committed transactions and have not reached anybody yet.
create table simulation.hint (id bigint generated always as identity primary key, topic text not null);

create function simulation.pg_notify(channel text, payload text) returns void language sql volatile as $$
  insert into simulation.hint (topic) values (payload)
$$;
