-- What `metrics.actions.tally.count` does, for statements of other rooms that do everything at once.
CREATE OR REPLACE FUNCTION metrics_count_v1(what text, happened_at timestamptz, place text, fact text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO metrics_tally (measure, minute, path, amount, key)
  VALUES (what, date_trunc('minute', happened_at, 'UTC'), place, 1, fact)
  ON CONFLICT (key) DO NOTHING;
  RETURN FOUND;
END $$;
