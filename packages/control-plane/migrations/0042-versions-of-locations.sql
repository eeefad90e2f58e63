-- A version of a code location is there from when it is asked for, and says what it was made from and for whom.
alter table location_version
  -- null: made before versions kept theirs, as the columns below
  add column document jsonb,
  -- the name of the viewer
  add column asked_by text,
  -- added, changed, reloaded, rolled_back
  add column reason text,
  -- of a version that was rolled back: the revision that has its document
  add column based_on integer;
comment on column location_version.state is 'pending, loading, loaded, failed';

update location_version set document = code_location.document from code_location
  where location_version.location_id = code_location.id and location_version.revision = code_location.revision;

insert into location_version (deployment_id, location_id, revision, state, document, created_at)
  select deployment_id, id, revision, 'pending', document, updated_at from code_location
  where removed_at is null
    and not exists (select from location_version v where v.location_id = code_location.id and v.revision = code_location.revision);
