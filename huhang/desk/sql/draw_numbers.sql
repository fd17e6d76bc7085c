-- The keys of a case that is about to be written, and its number. Drawn first, since its parts name one another and
-- its search tokens hold its number; a case that is then refused leaves a gap and nothing else.
SELECT nextval('desk_ticket_id_seq'),
       nextval('desk_ticket_number'),
       ARRAY(SELECT nextval('desk_clock_id_seq') FROM generate_series(1, %(clocks)s)),
       ARRAY(SELECT nextval('desk_step_id_seq') FROM generate_series(1, %(steps)s))
