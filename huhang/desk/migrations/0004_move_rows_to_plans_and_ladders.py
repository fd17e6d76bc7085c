"""Rows of before: templates find their plan, a warning and an escalation become rungs, pauses get a reason's row."""

from django.db import migrations

ABOVE = """
    SELECT array_agg(DISTINCT '/' || array_to_string((string_to_array(trim(both '/' FROM p.path), '/'))[1:n], '/') || '/')
    FROM unnest(%s) AS p(path), generate_series(1, cardinality(string_to_array(trim(both '/' FROM p.path), '/'))) AS n
"""
AT = ABOVE % "ARRAY[t.at_path]"
SEEN = ABOVE % "ARRAY[t.path, t.at_path] || ARRAY(SELECT s.path FROM desk_step s WHERE s.ticket_id = t.id)"

FORWARD = [
    """INSERT INTO desk_caseplan (kind, rule, asks, closing)
       SELECT DISTINCT kind, rule, '[]'::jsonb, 'last_step' FROM desk_steptemplate""",
    """UPDATE desk_steptemplate t SET plan_id = p.id FROM desk_caseplan p WHERE p.kind = t.kind AND p.rule = t.rule""",
    *(
        f"""UPDATE {table} SET ladder = jsonb_build_array(
              jsonb_build_object('level', 'owner', 'percent', warn_percent),
              jsonb_build_object('level', 'province', 'after', escalate_after_minutes))"""
        for table in ("desk_clock", "desk_clockpolicy")
    ),
    """UPDATE desk_clock SET next_level = CASE next_level WHEN 'warn' THEN 'owner' ELSE 'province' END
       WHERE next_level IN ('warn', 'escalate')""",
    """UPDATE desk_clockevent SET level = CASE level WHEN 'warn' THEN 'owner' ELSE 'province' END
       WHERE level IN ('warn', 'escalate')""",
    """INSERT INTO desk_pausereason (code, name, name_en, limit_minutes, "order", is_active)
       SELECT 'earlier-' || row_number() OVER (ORDER BY reason), left(reason, 80), '', 43200, 99, false
       FROM (SELECT DISTINCT reason FROM desk_clockpause) AS r""",
    """UPDATE desk_clockpause p SET reason = r.code, until_at = p.started_at + interval '30 days'
       FROM desk_pausereason r WHERE r.name = left(p.reason, 80)""",
    """UPDATE desk_clock c SET next_level = 'resume', next_at = p.until_at
       FROM desk_clockpause p WHERE p.clock_id = c.id AND p.ended_at IS NULL AND c.stopped_at IS NULL""",
    f"""UPDATE desk_ticket t SET seen_from = ({SEEN}),
          at_from = CASE WHEN t.state IN ('open', 'working') THEN ({AT}) ELSE '{{}}' END""",
]


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_plans_and_ladders")]

    operations = [migrations.RunSQL(FORWARD, reverse_sql=migrations.RunSQL.noop)]
