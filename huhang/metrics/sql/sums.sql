-- Sums of measures over pieces of time for units: settled sums plus what is still fresh, in one snapshot.
-- Each sum is an aggregate of its own, so that it is always a walk along the unique index (path, measure, grain, at)
-- over exactly its rows: its cost grows with the piece of time, never with history.
WITH piece AS (
  SELECT * FROM unnest(%(numbers)s::int[], %(grains)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
    AS p (number, grain, since, until)
), unit AS (
  SELECT unnest(%(paths)s::text[]) AS path
), counted AS (
  SELECT unnest(%(measures)s::text[]) AS measure
), fresh AS MATERIALIZED (
  SELECT a.path, f.measure, f.minute, sum(f.amount) AS amount, max(f.recorded_at) AS changed_at
  FROM metrics_tallyfresh AS f, metrics_ancestors_v1(f.path) AS a (path)
  WHERE f.measure = ANY (%(measures)s) AND a.path = ANY (%(paths)s)
  GROUP BY a.path, f.measure, f.minute
), part AS (
  SELECT u.path, p.number, c.measure, s.amount, s.changed_at
  FROM unit AS u CROSS JOIN piece AS p CROSS JOIN counted AS c CROSS JOIN LATERAL (
    SELECT sum(amount) AS amount, max(changed_at) AS changed_at FROM metrics_tallysum
    WHERE path = u.path AND measure = c.measure AND grain = p.grain AND at >= p.since AND at < p.until
  ) AS s
  WHERE s.amount IS NOT NULL
  UNION ALL
  SELECT f.path, p.number, f.measure, f.amount, f.changed_at
  FROM fresh AS f JOIN piece AS p ON f.minute >= p.since AND f.minute < p.until
)
SELECT path, number, measure, sum(amount)::bigint, max(changed_at) FROM part GROUP BY path, number, measure
