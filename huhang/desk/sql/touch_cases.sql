-- Cases whose clocks have called: a new version, the nearest deadline of what still runs, and who has been told above.
UPDATE desk_ticket t
SET version = t.version + 1, next_due_at = nearest.due_at, next_due_from = nearest.started_at,
    escalated_to_id = coalesce(new.escalated_to, t.escalated_to_id)
FROM unnest(%(ids)s::bigint[], %(escalated)s::bigint[]) AS new (id, escalated_to)
LEFT JOIN LATERAL (
  SELECT due_at, started_at FROM desk_clock
  WHERE ticket_id = new.id AND state IN ('running', 'paused') AND state <> 'paused' ORDER BY due_at LIMIT 1
) AS nearest ON true
WHERE t.id = new.id
