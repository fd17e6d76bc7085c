-- The latest due steps of some paths that came to something: of each path no more than are wanted of all, along its
-- own index, which knows what each came to.
SELECT s.id
FROM unnest(%(paths)s::text[]) AS place (path) CROSS JOIN LATERAL (
  SELECT id, due_at FROM desk_step
  WHERE path = place.path AND due_at >= %(since)s AND due_at < %(until)s
    AND CASE %(outcome)s::text
          WHEN 'met' THEN state = 'done' AND done_at <= due_at
          ELSE done_at > due_at OR done_at IS NULL AND due_at <= %(now)s
        END
  ORDER BY due_at DESC, id DESC
  LIMIT %(stop)s
) AS s
ORDER BY s.due_at DESC, s.id DESC
LIMIT %(stop)s - %(start)s OFFSET %(start)s
