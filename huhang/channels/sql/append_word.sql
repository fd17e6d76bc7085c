-- The next word of a locked conversation, and what it moves there; nothing when its name is known.
talk AS (
    UPDATE channels_conversation SET last_seq = last_seq + 1 /* moved */
    WHERE id = %(conversation_id)s AND NOT EXISTS (SELECT 1 FROM channels_message WHERE key = %(key)s)
    RETURNING last_seq
), done AS (
    INSERT INTO channels_message
        (conversation_id, seq, key, side, by_id, name, sort, text, data, files, at, stored_at, search)
    SELECT %(conversation_id)s, last_seq, %(key)s, %(side)s, %(by_id)s, %(name)s, %(sort)s, %(text)s, %(data)s::jsonb,
        %(files)s::jsonb, %(at)s, %(stored_at)s, %(search)s::tsvector
    FROM talk
    RETURNING id, seq
)
