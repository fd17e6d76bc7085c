-- The ground that decisions stand on: tables that are read often and changed rarely. Whoever changes one of them, by
-- whatever way, leaves a new version here in the same transaction. A version comes from a sequence, so that none that
-- was rolled back ever comes again; a row per table, so that editors of different tables do not wait for each other.
CREATE SEQUENCE IF NOT EXISTS kit_ground_version;

CREATE OR REPLACE FUNCTION kit_ground_moved_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO kit_ground (key, version) VALUES (TG_TABLE_NAME, nextval('kit_ground_version'))
  ON CONFLICT (key) DO UPDATE SET version = excluded.version;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION kit_watch_ground_v1(watched text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER ground_moved AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I'
    ' FOR EACH STATEMENT EXECUTE FUNCTION kit_ground_moved_v1()', watched);
END $$;
