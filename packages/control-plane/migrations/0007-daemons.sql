-- Which replica runs a daemon that only one may run at a time. `fence` rises whenever another one takes over, so that what the one
-- before still wants to write can be refused.
create table daemon_lease (
  -- '': the daemon works for the whole installation
  deployment_id text not null,
  daemon text not null,
  replica text not null,
  fence bigint not null default 1,
  lease_until timestamptz not null,
  primary key (deployment_id, daemon)
);

-- Written anew within seconds by every replica.
drop table daemon_heartbeat;
create table daemon_heartbeat (
  -- '': the daemon works for the whole installation
  deployment_id text not null,
  daemon text not null,
  replica text not null,
  last_tick_at timestamptz not null,
  -- since the replica started
  ticks bigint not null,
  failures bigint not null,
  -- how long ticks took
  last_tick_ms double precision not null,
  longest_tick_ms double precision not null,
  last_error jsonb,
  primary key (deployment_id, daemon, replica)
);
