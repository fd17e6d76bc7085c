-- The steps of a case as programs read them, in the order of `queries.outline.StepLine`.
SELECT s.id, s."order", s.lane, s.parent_id, s.title, u.code, u.name, s.state, s.done_at, s.result, r.score
FROM desk_step s
JOIN network_orgunit u ON u.id = s.unit_id
LEFT JOIN desk_steprating r ON r.step_id = s.id
WHERE s.ticket_id = %(case)s
ORDER BY s."order", s.lane, s.id
