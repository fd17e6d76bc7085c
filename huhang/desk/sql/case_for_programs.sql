-- One case as programs read it, in the order of `queries.outline.COLUMNS`; nothing when it is not to be seen from
-- these paths.
SELECT t.no, t.kind, t.state, t.title, t.waybill_no, u.code, u.name, a.code, a.name, o.username,
       t.contact_name, t.contact_phone, t.opened_at, t.claimed_at, t.first_response_at, t.resolved_at,
       t.next_due_at, t.version,
       t.id, t.body
FROM desk_ticket t
JOIN network_orgunit u ON u.id = t.unit_id
JOIN network_orgunit a ON a.id = t.at_unit_id
LEFT JOIN network_person o ON o.id = t.owner_id
WHERE t.no = %(no)s AND (%(everywhere)s OR t.seen_from && %(paths)s::varchar[])
