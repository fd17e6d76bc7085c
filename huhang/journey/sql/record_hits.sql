-- Write hits once for ever; returns those that are new, so that nothing is announced twice, and those that stood
-- open and are told anew, of a parcel forgotten meanwhile, with their end.
INSERT INTO journey_hit (waybill_no, rule_id, anchor_at, raised_at, cleared_at, link, node, operator,
                         unit_id, path, courier_id, is_control, late_link, found_at)
SELECT waybill_no, rule_id, anchor_at, raised_at, cleared_at, link, node, operator, unit_id, path, courier_id,
       is_control, '', %(now)s
FROM unnest(%(waybills)s::text[], %(rules)s::bigint[], %(anchors)s::timestamptz[], %(raised)s::timestamptz[],
            %(cleared)s::timestamptz[], %(links)s::text[], %(nodes)s::text[], %(operators)s::text[],
            %(units)s::bigint[], %(paths)s::text[], %(couriers)s::bigint[], %(controls)s::boolean[])
    AS h (waybill_no, rule_id, anchor_at, raised_at, cleared_at, link, node, operator, unit_id, path, courier_id,
          is_control)
ON CONFLICT (waybill_no, rule_id, anchor_at) DO UPDATE SET cleared_at = excluded.cleared_at
    WHERE journey_hit.cleared_at IS NULL AND excluded.cleared_at IS NOT NULL
RETURNING id, waybill_no, path, raised_at, cleared_at
