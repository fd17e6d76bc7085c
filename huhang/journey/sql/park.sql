-- Put aside what is new and count what came again; says of each whether it was new. What was settled stays settled.
INSERT INTO journey_parked AS p (source, reason, detail, waybill_no, raw, again, digest, times, state, at, settled_by)
SELECT %(source)s, reason, detail, waybill, raw, again, digest, 1, state, %(at)s, ''
FROM unnest(%(digests)s::text[], %(reasons)s::text[], %(details)s::text[], %(waybills)s::text[], %(raws)s::text[],
            %(agains)s::jsonb[], %(states)s::text[]) AS n (digest, reason, detail, waybill, raw, again, state)
ON CONFLICT (digest) DO UPDATE SET times = p.times + 1
RETURNING digest, xmax = 0
