-- Jobs for the worker, [{"task_name": …, "args": {…}}], in the statement of the change that asks for them.
CREATE OR REPLACE FUNCTION kit_enqueue_v1(jobs jsonb) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  IF jsonb_array_length(jobs) = 0 THEN
    RETURN 0;
  END IF;
  RETURN cardinality(procrastinate_defer_jobs_v1(ARRAY(
    SELECT ROW('default', job ->> 'task_name', 0, NULL, NULL, job -> 'args', NULL)::procrastinate_job_to_defer_v1
    FROM jsonb_array_elements(jobs) AS job)));
END $$;
