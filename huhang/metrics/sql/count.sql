-- Add counts once per key; sorted, so that two writers of the same keys wait for each other and do not deadlock.
WITH counted AS (
  INSERT INTO metrics_tally (measure, minute, path, amount, key)
  SELECT measure, date_trunc('minute', at, 'UTC'), path, amount, key
  FROM unnest(%(measures)s::text[], %(times)s::timestamptz[], %(paths)s::text[], %(amounts)s::bigint[], %(keys)s::text[])
    AS new (measure, at, path, amount, key)
  ORDER BY key
  ON CONFLICT (key) DO NOTHING
  RETURNING 1
)
SELECT count(*) FROM counted
