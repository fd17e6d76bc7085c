-- Everything that a new case is, written at once or not at all: the case, its clocks, steps and first line, the link
-- for the customer, the count, the announcement to pages and the jobs of whoever listens. Rows come as JSON with the
-- names of the columns, so a new column needs nothing here. Answers whether the case is new: the same source and
-- source_ref opens nothing twice, also when two say it at the same moment.
WITH new AS (
  INSERT INTO desk_ticket
  SELECT r.* FROM jsonb_populate_record(NULL::desk_ticket, %(ticket)s::jsonb) AS r
  ON CONFLICT (source, source_ref) DO NOTHING
  RETURNING id, no, kind, path, opened_at
), clocks AS (
  INSERT INTO desk_clock
  SELECT r.* FROM new, jsonb_populate_recordset(NULL::desk_clock, %(clocks)s::jsonb) AS r
), steps AS (
  INSERT INTO desk_step
  SELECT r.* FROM new, jsonb_populate_recordset(NULL::desk_step, %(steps)s::jsonb) AS r
), entry AS (
  INSERT INTO desk_entry
  SELECT r.* FROM new, jsonb_populate_record(
    NULL::desk_entry, %(entry)s::jsonb || jsonb_build_object('id', nextval('desk_entry_id_seq'))) AS r
), link AS (
  INSERT INTO desk_progresslink
  SELECT r.* FROM new, jsonb_populate_recordset(NULL::desk_progresslink, %(links)s::jsonb) AS given,
    jsonb_populate_record(given, jsonb_build_object('id', nextval('desk_progresslink_id_seq'))) AS r
)
SELECT metrics_count_v1('desk.ticket.opened.' || kind, opened_at, path, 'opened:' || id),
       kit_announce_v1('desk.ticket', %(paths)s::jsonb, no),
       kit_enqueue_v1(%(jobs)s::jsonb)
FROM new
