-- Which deployments have uploaded a snapshot. Snapshots are shared by all, but none may learn from that what others have.
create table deployment_snapshot (
  deployment_id text not null references deployment,
  digest bytea not null references snapshot on delete cascade,
  primary key (deployment_id, digest)
);
create index deployment_snapshot_digest on deployment_snapshot (digest);
insert into deployment_snapshot (deployment_id, digest)
  select distinct deployment_id, snapshot_digest from location_version where snapshot_digest is not null;
