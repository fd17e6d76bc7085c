-- Close the one open hit of each waybill and rule; returns what was closed.
UPDATE journey_hit h SET cleared_at = c.cleared_at
FROM unnest(%(waybills)s::text[], %(rules)s::bigint[], %(cleared)s::timestamptz[])
    AS c (waybill_no, rule_id, cleared_at)
WHERE h.waybill_no = c.waybill_no AND h.rule_id = c.rule_id AND h.cleared_at IS NULL
RETURNING h.id, h.waybill_no, h.path, h.raised_at, h.cleared_at
