-- The rows of one new complaint case, written by a bare transaction: what a ticket costs the database alone.
-- :unit, :service and their paths (quoted) come from bench/tickets.py, which also checks that the rows are the same.
BEGIN;
SELECT nextval('desk_ticket_number') AS n \gset
INSERT INTO desk_ticket (no, kind, state, title, body, waybill_no, contact_name, contact_phone, unit_id, path, at_unit_id,
  at_path, at_from, seen_from, priority, product, customer_class, entrance, language, answers, closing, source, source_ref,
  opened_at, opened_by, resolved_by, result, reopened_count, next_due_at, next_due_from, version, search)
VALUES ('T' || lpad(:n::text, 8, '0'), 'complaint', 'open', '包裹外箱破损', '收到时纸箱已经压扁，里面的杯子碎了', 'SX7730000000011',
  '王小明', '13800001234', :unit, :path, :unit,
  :path, :above::text[], :above::text[], 'normal', '', '', '', '', '{}', 'last_step', 'api', 'lin:bench-' || :n,
  now(), 'lin', '', '', 0, now() + interval '15 min', now(), 1,
  '''0011'':3 ''1234'':9 ''13800001234'':8 ''sx7730000000011'':2 ''t'':1 ''了'':33 ''到时'':18 ''包裹'':10 ''压扁'':24 ''外箱'':12
   ''子碎'':31 ''小明'':5 ''已经'':22 ''扁'':25 ''损'':15 ''收到'':17 ''时纸'':19 ''明'':6 ''杯子'':30 ''王小'':4 ''的杯'':29
   ''破损'':14 ''碎了'':32 ''箱已'':21 ''箱破'':13 ''纸箱'':20 ''经压'':23 ''裹外'':11 ''里面'':27 ''面的'':28')
RETURNING id AS t \gset
INSERT INTO desk_clock (ticket_id, obligation, state, started_at, minutes, ladder, policy_id, calendar, calendar_version,
  due_at, next_level, next_at)
SELECT :t, p.obligation, 'running', now(), p.minutes, p.ladder, p.id, 'always', 1,
  now() + make_interval(mins => p.minutes), 'owner', now() + make_interval(mins => p.minutes / 2)
FROM desk_clockpolicy p WHERE p.id IN (:policies) ORDER BY p.obligation;
INSERT INTO desk_step (ticket_id, "order", lane, title, title_en, ask, unit_id, path, minutes, calendar, state, clock_id,
  opened_at, done_by, result, reason)
VALUES (:t, 1, 1, '网点核实情况', 'The outlet finds out what happened', '联系派件员和客户，写清时间、地点、经过。', :unit, :path, 60, 'always',
        'open', currval('desk_clock_id_seq'), now(), '', '', ''),
       (:t, 2, 1, '客服回访并给出方案', 'Customer service calls back with a proposal', '按核实结果给出方案。', :service, :service_path, 120,
        'always', 'waiting', NULL, NULL, '', '', '');
INSERT INTO desk_entry (ticket_id, kind, text, words, by, signed, at) VALUES (:t, 'event', '工单开启', '{}', 'lin', '', now());
INSERT INTO metrics_tally (measure, minute, path, amount, key, recorded_at)
VALUES ('desk.ticket.opened.complaint', date_trunc('minute', now(), 'UTC'), :path, 1, 'opened:bench-' || :t, now());
WITH o AS (INSERT INTO kit_outbox (kind, path, ref, at) VALUES ('desk.ticket', :path, :n, clock_timestamp()) RETURNING id)
SELECT pg_notify('huhang_live', json_build_array(o.id, 'desk.ticket', :path, :n)::text) FROM o;
INSERT INTO desk_progresslink (ticket_id, token_hash, purpose, created_at, expires_at)
VALUES (:t, md5(random()::text) || md5(random()::text), 'page', now(), now() + interval '30 days');
COMMIT;
