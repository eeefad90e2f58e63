-- A worker is told apart by an id that it makes for itself; process number and host are only words for people.
update run_attempt set worker = jsonb_strip_nulls(jsonb_build_object(
  'place', (worker ->> 'pid') || '@' || (worker ->> 'hostname'), 'codeDigest', worker -> 'codeDigest'))
where worker ? 'pid';
