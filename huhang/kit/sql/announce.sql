-- What follows the named parts of a statement, the last of them `done`: if that has rows, every change gets its number
-- and is told to whoever listens once this commits. Each row of `done` comes back beside each change's number.
, told AS (
    INSERT INTO kit_outbox (kind, path, ref, at)
    SELECT kind, path, ref, clock_timestamp()
    FROM unnest(%(kinds)s::text[], %(paths)s::text[], %(refs)s::text[]) AS new (kind, path, ref)
    WHERE EXISTS (SELECT FROM done)
    RETURNING id, kind, path, ref
)
SELECT done.*, told.id, pg_notify(%(channel)s, json_build_array(told.id, kind, path, ref)::text)
FROM done, told
