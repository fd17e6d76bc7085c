-- What the tables of counting need beside their columns. Re-run safe.

-- A unit's path and every path above it: /HQ/JS/SZ/ → /HQ/, /HQ/JS/, /HQ/JS/SZ/
CREATE OR REPLACE FUNCTION metrics_ancestors_v1(path text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '/' || array_to_string(parts[1:n], '/') || '/'
  FROM (SELECT string_to_array(trim(BOTH '/' FROM path), '/') AS parts) AS p,
       generate_series(1, cardinality(p.parts)) AS n
$$;

-- Counts are only ever added; a correction is another row with a negative amount.
CREATE OR REPLACE FUNCTION metrics_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'counts are append-only: add a row with a negative amount instead' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER IF EXISTS tally_append_only ON metrics_tally;
CREATE TRIGGER tally_append_only BEFORE UPDATE OR DELETE ON metrics_tally
  FOR EACH ROW EXECUTE FUNCTION metrics_refuse_change_v1();

-- Every new count is also fresh: not yet part of the sums. One row per minute and unit of a statement.
CREATE OR REPLACE FUNCTION metrics_keep_fresh_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metrics_tallyfresh (measure, minute, path, amount, recorded_at)
  SELECT measure, minute, path, sum(amount), max(recorded_at) FROM added GROUP BY measure, minute, path;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS tally_fresh ON metrics_tally;
CREATE TRIGGER tally_fresh AFTER INSERT ON metrics_tally
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION metrics_keep_fresh_v1();

ALTER TABLE metrics_tally DROP CONSTRAINT IF EXISTS tally_minute_is_whole;
ALTER TABLE metrics_tally ADD CONSTRAINT tally_minute_is_whole CHECK (date_part('second', minute) = 0);
