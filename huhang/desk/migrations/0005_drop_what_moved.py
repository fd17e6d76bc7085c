import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("desk", "0004_move_rows_to_plans_and_ladders")]

    operations = [
        migrations.RemoveField(
            model_name='clock',
            name='escalate_after_minutes',
        ),
        migrations.RemoveField(
            model_name='clock',
            name='warn_percent',
        ),
        migrations.RemoveField(
            model_name='clockpolicy',
            name='escalate_after_minutes',
        ),
        migrations.RemoveField(
            model_name='clockpolicy',
            name='warn_percent',
        ),
        migrations.RemoveField(
            model_name='steptemplate',
            name='kind',
        ),
        migrations.RemoveField(
            model_name='steptemplate',
            name='rule',
        ),
        migrations.AlterField(
            model_name='clockpause',
            name='reason',
            field=models.ForeignKey(db_column='reason', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='desk.pausereason', to_field='code'),
        ),
        migrations.AlterField(
            model_name='steptemplate',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='desk.caseplan'),
        ),
        migrations.AlterField(
            model_name='clockpause',
            name='until_at',
            field=models.DateTimeField(),
        ),
    ]
