-- Move fresh counts into the sums of their minute, hour and day at every org level; answers with the paths that moved.
WITH taken AS (
  DELETE FROM metrics_tallyfresh WHERE id IN (SELECT id FROM metrics_tallyfresh ORDER BY id LIMIT %(limit)s)
  RETURNING measure, minute, path, amount, recorded_at
), g (grain, zone) AS (
  VALUES ('minute', 'UTC'), ('hour', 'UTC'), ('day', 'Asia/Shanghai')
), spread AS (
  SELECT g.grain, t.measure, date_trunc(g.grain, t.minute, g.zone) AS at, a.path, t.amount, t.recorded_at
  FROM taken AS t, metrics_ancestors_v1(t.path) AS a (path), g
), summed AS (
  INSERT INTO metrics_tallysum AS s (grain, measure, at, path, amount, changed_at)
  SELECT grain, measure, at, path, sum(amount), max(recorded_at) FROM spread GROUP BY grain, measure, at, path
  ON CONFLICT (path, measure, grain, at) DO UPDATE
    SET amount = s.amount + excluded.amount, changed_at = greatest(s.changed_at, excluded.changed_at)
)
SELECT path, count(*) FROM taken GROUP BY path
