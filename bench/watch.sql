-- The shipped watch rules as one DuckDB query: every hit (waybill, rule, anchor) of the parcels in
-- `touched`, judged at $until. `scans` is the log so far, `nodes` (code, kind, city), `expect` one
-- row per EXPECT rule and code. Windows and hash joins over the waybill, as a good SQL writer would.
WITH
own AS MATERIALIZED (SELECT s.* FROM scans s SEMI JOIN touched USING (waybill)),
facts AS MATERIALIZED (
    SELECT waybill, product, origin, dest, promised_at, flags & 1 AS consent FROM own WHERE code = 31
),
events AS MATERIALIZED (
    SELECT DISTINCT s.waybill, s.code, s.event_time AS t, s.node, n.kind, n.city,
        s.code IN (4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 22, 23, 24, 25) AS physical,
        s.code IN (1, 2, 4, 9, 10, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27) AS is_stage
    FROM own s LEFT JOIN nodes n ON n.code = s.node
    WHERE s.code <> 31
),
stages AS (SELECT *, lead(t) OVER (PARTITION BY waybill ORDER BY t) AS next_t FROM events WHERE is_stage),
expected AS (
    SELECT s.waybill, e.number AS rule, s.t AS anchor
    FROM stages s
    JOIN expect e ON e.after = s.code
    LEFT JOIN facts f ON f.waybill = s.waybill
    WHERE (e.kind IS NULL OR e.kind = s.kind)
      AND (e.product IS NULL OR e.product = f.product)
      AND (e.not_products IS NULL OR NOT list_contains(e.not_products, coalesce(f.product, '')))
      AND (e.remote IS NULL OR e.remote = (f.origin IN ('新疆', '西藏') OR f.dest IN ('新疆', '西藏')))
      AND coalesce(s.next_t, $until) > CASE
            WHEN e.within_minutes IS NOT NULL THEN s.t + to_minutes(e.within_minutes)
            WHEN date_trunc('day', s.t + INTERVAL 8 HOUR) - INTERVAL 8 HOUR + to_minutes(e.by_minute) > s.t
            THEN date_trunc('day', s.t + INTERVAL 8 HOUR) - INTERVAL 8 HOUR + to_minutes(e.by_minute)
            ELSE date_trunc('day', s.t + INTERVAL 8 HOUR) + INTERVAL 16 HOUR + to_minutes(e.by_minute) END
),
signed AS (
    SELECT waybill, code, t,
        coalesce(bool_or(code IN (15, 16)) OVER before, false) AS was_out,
        coalesce(bool_or(code = 10 AND (kind IS NULL OR kind = 'outlet')) OVER before, false) AS had_arrived
    FROM events
    WINDOW before AS (PARTITION BY waybill ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
forbidden AS (
    SELECT waybill, 20 AS rule, min(t) FROM signed
    WHERE code IN (22, 23, 24, 25) AND NOT was_out AND NOT had_arrived GROUP BY waybill
    UNION ALL
    SELECT waybill, 21, min(t) FROM signed WHERE code IN (22, 23, 24, 25) AND NOT was_out GROUP BY waybill
),
picked AS (
    SELECT waybill, t, node, first_value(t) OVER w AS first_t, first_value(node) OVER w AS first_node
    FROM events WHERE code = 4 WINDOW w AS (PARTITION BY waybill ORDER BY t)
),
twice AS (
    SELECT waybill, 22, min(t) FROM picked
    WHERE node <> first_node OR t > first_t + INTERVAL 60 MINUTE GROUP BY waybill
),
moved AS (
    SELECT waybill, t, city, physical,
        last_value(CASE WHEN is_stage THEN t END IGNORE NULLS) OVER w AS stage_t,
        last_value(CASE WHEN is_stage THEN city END IGNORE NULLS) OVER w AS stage_city,
        last_value(CASE WHEN is_stage THEN physical END IGNORE NULLS) OVER w AS stage_physical
    FROM events
    WINDOW w AS (PARTITION BY waybill ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
two_places AS (
    SELECT waybill, 23, min(t) FROM moved
    WHERE physical AND stage_physical AND city <> stage_city AND t < stage_t + INTERVAL 20 MINUTE
    GROUP BY waybill
),
consent AS (
    SELECT e.waybill, 24, min(e.t)
    FROM events e LEFT JOIN facts f ON f.waybill = e.waybill
    WHERE e.code IN (16, 23) AND coalesce(f.consent, 0) = 0 GROUP BY e.waybill
),
ends AS (
    SELECT waybill,
        min(t) FILTER (code BETWEEN 22 AND 27) AS final_t,
        min(t) FILTER (code IN (16, 21)) AS waits_t,
        min(t) FILTER (code IN (15, 16, 21)) AS out_t
    FROM events GROUP BY waybill
),
promised AS (
    SELECT waybill, 30, promised_at FROM facts LEFT JOIN ends USING (waybill)
    WHERE promised_at < least(coalesce(final_t, $until), coalesce(waits_t, $until))
    UNION ALL
    SELECT waybill, 31, promised_at FROM facts LEFT JOIN ends USING (waybill)
    WHERE promised_at - INTERVAL 24 HOUR < least(coalesce(final_t, $until), coalesce(out_t, $until))
),
found AS (
    FROM expected UNION ALL FROM forbidden UNION ALL FROM twice UNION ALL FROM two_places
    UNION ALL FROM consent UNION ALL FROM promised
)
INSERT INTO hits SELECT * FROM found ANTI JOIN hits USING (waybill, rule, anchor)
