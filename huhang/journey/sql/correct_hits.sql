-- Give known hits the end that a replay found, where it differs; returns those that changed.
UPDATE journey_hit h SET cleared_at = c.cleared_at
FROM unnest(%(waybills)s::text[], %(rules)s::bigint[], %(anchors)s::timestamptz[], %(cleared)s::timestamptz[])
    AS c (waybill_no, rule_id, anchor_at, cleared_at)
WHERE h.waybill_no = c.waybill_no AND h.rule_id = c.rule_id AND h.anchor_at = c.anchor_at
    AND h.cleared_at IS DISTINCT FROM c.cleared_at
RETURNING h.id, h.waybill_no, h.path, h.raised_at, h.cleared_at
