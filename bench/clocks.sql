-- The rows that a call leaves behind, written by hand for 250 due clocks: what any program would have to pay.
WITH due AS (
  SELECT c.id, c.ticket_id, c.due_at, t.no, t.path FROM desk_clock c JOIN desk_ticket t ON t.id = c.ticket_id
  WHERE c.next_at <= now() ORDER BY c.next_at LIMIT 250 FOR UPDATE SKIP LOCKED
), called AS (
  INSERT INTO desk_clockevent (clock_id, level, due_at, fired_at) SELECT id, 'breach', due_at, now() FROM due RETURNING 1
), told AS (
  INSERT INTO desk_entry (ticket_id, kind, text, words, by, signed, at)
  SELECT ticket_id, 'event', '%(obligation)s超时', '{"unit": "吴中网点", "obligation": "办结"}', 'huhang', '', now() FROM due
  RETURNING 1
), noticed AS (
  INSERT INTO channels_notice (key, kind, title, body, link, path, at)
  SELECT 'clock:' || id || ':breach', 'desk.breach', '办结超时', no, '/desk/t/' || no || '/', path, now() FROM due RETURNING 1
), heard AS (
  INSERT INTO kit_outbox (kind, path, ref, at) SELECT 'desk.ticket', path, no, clock_timestamp() FROM due
  UNION ALL SELECT 'channels.notice', path, 'unit', clock_timestamp() FROM due
  RETURNING id
), moved AS (
  UPDATE desk_clock c SET next_level = '', next_at = NULL FROM due WHERE c.id = due.id RETURNING 1
), touched AS (
  UPDATE desk_ticket t SET version = t.version + 1, next_due_at = NULL FROM due WHERE t.id = due.ticket_id RETURNING 1
)
SELECT (SELECT count(*) FROM called), (SELECT count(pg_notify('huhang_live', id::text)) FROM heard)
