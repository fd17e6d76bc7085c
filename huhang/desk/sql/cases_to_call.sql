-- Cases with a clock that is due, locked until the transaction ends; those that somebody else has just now are left
-- for the next look. Several times as many are looked at as are taken, so that two workers take different ones.
SELECT id FROM desk_ticket
WHERE id IN (SELECT ticket_id FROM desk_clock WHERE next_at <= %(now)s ORDER BY next_at LIMIT %(looked_at)s)
LIMIT %(taken)s
FOR NO KEY UPDATE SKIP LOCKED
