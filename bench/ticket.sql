-- The rows of one new complaint case, written by a bare transaction: what a ticket costs the database alone.
-- :unit, :service and their paths (quoted) come from bench/tickets.py, which also checks that the rows are the same.
BEGIN;
SELECT nextval('desk_ticket_number') AS n \gset
INSERT INTO desk_ticket (no, kind, state, title, body, waybill_no, contact_name, contact_phone, unit_id, path, at_unit_id, at_path,
  source, source_ref, opened_at, opened_by, resolved_by, result, next_due_at, next_due_from, version, search)
VALUES ('T' || lpad(:n::text, 8, '0'), 'complaint', 'open', '包裹外箱破损', '收到时纸箱已经压扁，里面的杯子碎了', 'SX7730000000011', '王小明',
  '13800001234', :unit, :path, :unit, :path, 'api', 'lin:bench-' || :n, now(), 'lin', '', '', now() + interval '15 min', now(), 1,
  '''包裹'':1 ''裹外'':2 ''外箱'':3 ''箱破'':4 ''破损'':5 ''sx7730000000011'':6 ''13800001234'':7 ''1234'':8')
RETURNING id AS t \gset
INSERT INTO desk_clock (ticket_id, obligation, state, started_at, minutes, warn_percent, escalate_after_minutes, calendar, calendar_version,
  due_at, next_level, next_at)
VALUES (:t, 'first_response', 'running', now(), 15, 50, 15, 'always', 1, now() + interval '15 min', 'warn', now() + interval '7 min'),
       (:t, 'close', 'running', now(), 2880, 75, 480, 'always', 1, now() + interval '2 days', 'warn', now() + interval '36 hours'),
       (:t, 'step', 'running', now(), 60, 50, 30, 'always', 1, now() + interval '1 hour', 'warn', now() + interval '30 min');
INSERT INTO desk_step (ticket_id, "order", title, title_en, unit_id, path, minutes, calendar, state, clock_id, opened_at, done_by, result)
VALUES (:t, 1, '网点核实情况', 'The outlet finds out what happened', :unit, :path, 60, 'always', 'open', currval('desk_clock_id_seq'), now(), '', ''),
       (:t, 2, '客服回访并给出方案', 'Customer service calls back', :service, :service_path, 120, 'always', 'waiting', NULL, NULL, '', '');
INSERT INTO desk_entry (ticket_id, kind, text, words, by, signed, at) VALUES (:t, 'event', '工单开启', '{}', 'lin', '', now());
INSERT INTO metrics_tally (measure, minute, path, amount, key)
VALUES ('desk.ticket.opened.complaint', date_trunc('minute', now(), 'UTC'), :path, 1, 'opened:bench-' || :t);
WITH o AS (INSERT INTO kit_outbox (kind, path, ref, at) VALUES ('desk.ticket', :path, :n, clock_timestamp()) RETURNING id)
SELECT pg_notify('huhang_live', json_build_array(o.id, 'desk.ticket', :path, :n)::text) FROM o;
INSERT INTO desk_progresslink (ticket_id, token_hash, created_at, expires_at)
VALUES (:t, md5(random()::text) || md5(random()::text), now(), now() + interval '30 days');
COMMIT;
