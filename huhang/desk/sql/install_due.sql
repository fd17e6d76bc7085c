-- A step knows its clock's deadline. Whoever moves the clock moves it on the step too, and a step that is saved with
-- what it was before takes what it is now. A new case brings it along, as its clock is not to be seen yet.
CREATE OR REPLACE FUNCTION desk_step_due_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_at := coalesce((SELECT due_at FROM desk_clock WHERE id = NEW.clock_id), NEW.due_at);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION desk_clock_moved_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE desk_step SET due_at = NEW.due_at WHERE clock_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER step_due_given BEFORE INSERT ON desk_step FOR EACH ROW
  WHEN (NEW.clock_id IS NOT NULL AND NEW.due_at IS NULL) EXECUTE FUNCTION desk_step_due_v1();

CREATE TRIGGER step_due_kept BEFORE UPDATE ON desk_step FOR EACH ROW
  WHEN (NEW.clock_id IS NOT NULL
        AND (NEW.due_at IS DISTINCT FROM OLD.due_at OR NEW.clock_id IS DISTINCT FROM OLD.clock_id))
  EXECUTE FUNCTION desk_step_due_v1();

CREATE TRIGGER clock_moved AFTER UPDATE OF due_at ON desk_clock FOR EACH ROW
  WHEN (NEW.obligation = 'step' AND NEW.due_at IS DISTINCT FROM OLD.due_at)
  EXECUTE FUNCTION desk_clock_moved_v1();
