-- What is odd about the definitions of a version that loaded all the same: texts for whoever wrote them.
alter table location_version add column warnings text[] not null default '{}';
