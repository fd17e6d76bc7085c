from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0023_words_and_places_in_one")]

    operations = [
        migrations.AlterField(
            model_name="steptemplate",
            name="who",
            field=models.CharField(
                choices=[
                    ("outlet", "派件网点"),
                    ("origin", "揽收网点"),
                    ("hub", "分拨中心"),
                    ("linehaul", "干线车队"),
                    ("service", "客服中心"),
                    ("claims", "理赔组"),
                    ("finance", "财务部"),
                    ("it", "信息技术部"),
                    ("province", "省区"),
                ],
                max_length=16,
            ),
        ),
    ]
