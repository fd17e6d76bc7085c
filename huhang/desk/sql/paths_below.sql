-- The paths below one at which a step was ever owed, each found from the one before: as many small steps along the
-- index as there are paths, however many steps of cases there are. Of more than so many, the first.
WITH RECURSIVE found (path, number) AS (
  (SELECT path, 1 FROM desk_step
   WHERE due_at IS NOT NULL AND path ~>=~ %(path)s AND path ~<~ %(end)s
   ORDER BY path USING ~<~ LIMIT 1)
  UNION ALL
  SELECT next.path, found.number + 1
  FROM found CROSS JOIN LATERAL (
    SELECT path FROM desk_step
    WHERE due_at IS NOT NULL AND path ~>~ found.path AND path ~<~ %(end)s
    ORDER BY path USING ~<~ LIMIT 1) AS next
  WHERE found.number < %(at_most)s
)
SELECT path FROM found
