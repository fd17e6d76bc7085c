-- What `kit.live.announce_many` does, for statements of other rooms that do everything at once: an outbox row and a
-- NOTIFY for each path, seen by pages once the transaction commits.
CREATE OR REPLACE FUNCTION kit_announce_v1(what text, paths jsonb, ref text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE told integer;
BEGIN
  WITH o AS (
    INSERT INTO kit_outbox (kind, path, ref, at)
    SELECT what, place, kit_announce_v1.ref, clock_timestamp() FROM jsonb_array_elements_text(paths) AS place
    RETURNING id, kit_outbox.path, kit_outbox.ref
  )
  SELECT count(pg_notify('huhang_live', json_build_array(o.id, what, o.path, o.ref)::text)) INTO told FROM o;
  RETURN told;
END $$;
