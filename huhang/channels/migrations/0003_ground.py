from django.db import migrations

# Not `kit_watch_ground_v1`: each delivery writes whether the address fails, and that is nobody's ground.
WATCH = """
CREATE OR REPLACE TRIGGER ground_moved AFTER INSERT OR UPDATE OF is_active OR DELETE OR TRUNCATE ON channels_webhook
FOR EACH STATEMENT EXECUTE FUNCTION kit_ground_moved_v1()
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_webhooks"), ("kit", "0003_ground")]

    operations = [migrations.RunSQL(WATCH, "DROP TRIGGER IF EXISTS ground_moved ON channels_webhook")]
