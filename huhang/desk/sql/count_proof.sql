-- One day's parcels in trouble by rule, city and group, each parcel once per rule, and how many of them customers
-- got in touch about soon after. Trouble that was over before it was found counts in neither group: nobody could
-- have been reminded of it.
INSERT INTO desk_proofday
       (day, within_days, rule_id, path, is_control, is_first, parcels, complaints, contacts)
SELECT %(day)s, %(within)s, rule_id, place, is_control, is_first,
       count(*), count(*) FILTER (WHERE is_complaint), count(*) FILTER (WHERE is_contact)
FROM (
    SELECT h.rule_id, h.is_control,
           coalesce(substring(h.path FROM '^(?:/[^/]+){1,3}/'), '') AS place,
           NOT EXISTS (
               SELECT FROM journey_hit e
               WHERE e.waybill_no = h.waybill_no AND (e.raised_at, e.id) < (h.raised_at, h.id)
           ) AS is_first,
           coalesce(t.is_complaint, false) AS is_complaint,
           t.is_complaint IS NOT NULL AS is_contact
    FROM journey_hit h
    LEFT JOIN LATERAL (
        SELECT bool_or(c.kind = ANY(%(complaints)s)) AS is_complaint
        FROM desk_ticket c
        WHERE c.waybill_no = h.waybill_no AND c.kind <> %(prevention)s
          AND c.opened_at >= h.raised_at AND c.opened_at < h.raised_at + make_interval(days => %(within)s)
    ) t ON true
    WHERE h.raised_at >= %(start)s AND h.raised_at < %(end)s
      AND (h.cleared_at IS NULL OR h.cleared_at > h.found_at)
      AND NOT EXISTS (
          SELECT FROM journey_hit e
          WHERE e.waybill_no = h.waybill_no AND e.rule_id = h.rule_id AND (e.raised_at, e.id) < (h.raised_at, h.id)
      )
) parcel
GROUP BY rule_id, place, is_control, is_first
