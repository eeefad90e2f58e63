-- The keys that assets had before: what is reported under one of them goes to the asset of today.
create table asset_former_key (
  deployment_id text not null references deployment,
  key text not null,
  asset_id uuid not null references asset on delete cascade,
  primary key (deployment_id, key)
);
create index asset_former_key_by_asset on asset_former_key (asset_id);

-- Assets that nothing defines any more can be put out of sight.
alter table asset add column archived_at timestamptz;
