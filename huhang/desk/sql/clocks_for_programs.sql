-- The clocks of a case as programs read them, in the order of `queries.outline.ClockLine`.
SELECT obligation, state, started_at, due_at, stopped_at FROM desk_clock WHERE ticket_id = %(case)s ORDER BY started_at, id
