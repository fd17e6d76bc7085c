-- Lease deliveries that are due to one worker: of each address at most as many as may still be under way to it, however
-- many wait there. Read along the index of each address, so that a long line before one costs the others nothing.
WITH due AS (
  SELECT d.id
  FROM channels_webhook AS w
  CROSS JOIN LATERAL (
    SELECT id, next_at FROM channels_delivery
    WHERE webhook_id = w.id AND next_at <= %(now)s
    ORDER BY next_at, id
    LIMIT greatest(%(of_each)s - (SELECT count(*) FROM unnest(%(busy)s::bigint[]) AS b (id) WHERE b.id = w.id), 0)
    FOR UPDATE SKIP LOCKED
  ) AS d
  WHERE (w.failing_since IS NOT NULL) = %(is_failing)s
  ORDER BY d.next_at, d.id
  LIMIT %(room)s
)
UPDATE channels_delivery AS d SET attempts = d.attempts + 1, next_at = %(leased_until)s
FROM due WHERE d.id = due.id
RETURNING d.id
