-- Add to the counts of the intake, in the transaction that makes them true. Rows come sorted, so that two writers
-- never wait for each other in a circle.
INSERT INTO journey_intakecount AS c (source, hour, what, reason, amount, newest_at, last_at)
SELECT source, date_trunc('hour', at), what, reason, amount, newest_at, at
FROM unnest(%(sources)s::text[], %(times)s::timestamptz[], %(whats)s::text[], %(reasons)s::text[], %(amounts)s::bigint[],
            %(newest)s::timestamptz[]) AS n (source, at, what, reason, amount, newest_at)
ON CONFLICT (source, hour, what, reason) DO UPDATE
SET amount = c.amount + excluded.amount,
    newest_at = greatest(c.newest_at, excluded.newest_at),
    last_at = greatest(c.last_at, excluded.last_at)
