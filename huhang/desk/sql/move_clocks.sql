-- What comes next for each of these clocks.
UPDATE desk_clock c
SET state = new.state, due_at = new.due_at, next_level = new.next_level, next_at = new.next_at
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(due_ats)s::timestamptz[], %(levels)s::text[],
            %(next_ats)s::timestamptz[])
  AS new (id, state, due_at, next_level, next_at)
WHERE c.id = new.id
