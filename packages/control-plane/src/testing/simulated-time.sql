-- A database whose time and ids are the test's. Names are looked up in `public, simulation, pg_catalog`, so that `now()` and
-- `gen_random_uuid()` of the product's own statements and column defaults find these.
create schema simulation;

create table simulation.clock (instant timestamptz not null);

-- As the real one: a transaction has one instant, that of its beginning. Who decides about each connection says it with the
-- transaction; else it is what the clock showed then.
create function simulation.instant_by_clock() returns timestamptz language plpgsql stable as $$
declare
  known text := current_setting('simulation.transaction_instant', true);
begin
  if known is null or known = '' then
    known := (select instant::text from simulation.clock);
    perform set_config('simulation.transaction_instant', known, true);
  end if;
  return known::timestamptz;
end $$;

create function simulation.now() returns timestamptz language sql stable as $$
  select coalesce(nullif(current_setting('simulation.instant', true), '')::timestamptz, simulation.instant_by_clock())
$$;

-- As the real one, but for the transactions of other databases: what is under way there is not the simulation's.
create function simulation.pg_current_snapshot() returns pg_snapshot language sql volatile as $$
  select format('%s:%s:', least(oldest, next), next)::pg_snapshot
  from (select pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint as next) as ours, lateral (
    select min(backend_xid::text::bigint) as oldest from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()) as theirs
$$;

-- Each round of automation, with what it has seen.
create table simulation.automation_round (number bigint, evaluated_at timestamptz, events_seen jsonb);

create function simulation.note_round() returns trigger language plpgsql as $$
begin
  insert into simulation.automation_round values (new.round, new.evaluated_at, new.events_seen);
  return null;
end $$;

create sequence simulation.id;

-- In the form of version 4; the digits are hashed so that order tells nothing, as with the real one.
create function simulation.gen_random_uuid() returns uuid language sql volatile as $$
  select overlay(overlay(md5('id ' || nextval('simulation.id')) placing '4' from 13) placing '8' from 17)::uuid
$$;

-- A hint is told at once to who gave it; whether it counts when its transaction is undone, he knows.
create function simulation.pg_notify(channel text, payload text) returns void language plpgsql volatile as $$
begin
  raise notice using message = payload;
end $$;

-- Tables with rows, or with what is left of them, beside those in which a migrated database has some.
create function simulation.list_written() returns setof text language sql volatile as $$
  select relname::text from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'simulation'::regnamespace)
    and relname not in ('migration', 'deployment', 'clock') and pg_relation_size(oid) > 0
    order by relname
$$;

-- Deletes all rows of these and begins all numbers anew; tells which tables they are.
create function simulation.delete_rows() returns text[] language plpgsql volatile set session_replication_role = replica as $$
declare
  written text[] := array(select simulation.list_written());
  table_name text;
begin
  -- Whatever refers to a row goes with it, so nobody has to look.
  foreach table_name in array written loop
    execute format('delete from %I', table_name);
  end loop;
  perform setval(seqrelid, seqstart, false) from pg_sequence;
  return written;
end $$;
