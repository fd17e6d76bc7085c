"""The lists: what one may see, in a known number of statements, and the same rows in a file."""

import io

import openpyxl
import pytest
from django.urls import reverse

from huhang.kit.models import AuditEntry
from tests.factories import network as made

KINDS = ["customers", "couriers", "areas", "routes", "standards"]
# Session, person, grants, the shell's home unit, the rows (routes: stops and hubs); no list counts its table.
STATEMENTS = {"customers": 3, "couriers": 3, "areas": 3, "routes": 5, "standards": 3}


@pytest.fixture
def ground(cast):
    """One of everything for each of two rival outlets."""
    for outlet in ("SZ-WZ", "SZ-GS"):
        unit = cast.unit(outlet)
        for number in range(3):
            courier = made.courier(unit, name=f"{outlet}师傅{number}")
            made.customer(unit, name="王小明", code=f"{outlet}-C{number}")
            made.delivery_area(unit, courier, name=f"{outlet}片区{number}")
        made.route(unit, cast.unit("HZ-XH"), (cast.unit("SZ-HUB"),), code=f"R-{outlet}")
        made.transit_standard(unit, cast.unit("HZ-XH"), 48)
    return cast


@pytest.fixture
def enter(client):
    """Sign somebody in."""

    def _enter(person):
        client.force_login(person)
        return client

    return _enter


@pytest.mark.parametrize("kind", KINDS)
class TestList:
    def test_shows_ones_own_and_nothing_of_the_neighbour(self, ground, enter, kind):
        page = enter(ground.gao).get(reverse(f"network:{kind}")).content.decode()
        assert "吴中" in page
        assert "姑苏" not in page

    def test_takes_a_known_number_of_statements(self, ground, enter, kind, django_assert_num_queries):
        client = enter(ground.hua)
        client.get(reverse(f"network:{kind}"))
        with django_assert_num_queries(STATEMENTS[kind]):
            client.get(reverse(f"network:{kind}"))

    def test_is_shut_to_who_has_no_role(self, ground, enter, kind):
        assert enter(ground.nobody).get(reverse(f"network:{kind}")).status_code == 403

    def test_does_not_know_a_unit_of_others(self, ground, enter, kind):
        answer = enter(ground.gao).get(reverse(f"network:{kind}"), {"unit": "SZ-GS"})
        assert answer.status_code == 404

    def test_file_equals_screen(self, ground, enter, kind):
        client = enter(ground.gao)
        csv = client.get(reverse("network:export", args=[kind, "csv"])).content.decode()
        xlsx = b"".join(client.get(reverse("network:export", args=[kind, "xlsx"])).streaming_content)
        rows = list(openpyxl.load_workbook(io.BytesIO(xlsx)).worksheets[0].iter_rows(values_only=True))
        assert "姑苏" not in csv
        assert len(csv.splitlines()) == len(rows) > 1
        page = client.get(reverse(f"network:{kind}")).content.decode()
        for cell in rows[1][:2]:
            assert str(cell) in page


class TestCustomers:
    def test_are_masked_on_screen_and_in_the_file(self, ground, enter):
        client = enter(ground.gao)
        for url in (reverse("network:customers"), reverse("network:export", args=["customers", "csv"])):
            text = client.get(url).content.decode()
            assert "13812345634" not in text
            assert "王小明" not in text
            assert "138******34" in text

    @pytest.mark.parametrize("term", ["王小明", "小明", "5634", "13812345634", "SZ-WZ-C1"])
    def test_are_found(self, ground, enter, term):
        page = enter(ground.gao).get(reverse("network:customers"), {"q": term}).content.decode()
        assert "SZ-WZ-C1" in page
        assert "SZ-GS-C1" not in page

    def test_are_revealed_for_a_purpose_on_the_record(self, ground, enter):
        client = enter(ground.gao)
        url = reverse("network:reveal", args=["customers", "SZ-WZ-C0"])
        assert "13812345634" not in client.get(url).content.decode()
        assert "13812345634" in client.post(url, {"purpose": "contact"}).content.decode()
        assert AuditEntry.objects.get(verb="kit.reveal").subject == "customer:SZ-WZ-C0"

    def test_of_others_cannot_be_revealed(self, ground, enter):
        url = reverse("network:reveal", args=["customers", "SZ-GS-C0"])
        assert enter(ground.gao).post(url, {"purpose": "contact"}).status_code == 404

    def test_of_a_company_have_an_open_name(self, cast, enter):
        made.customer(cast.unit("SZ-WZ"), name="苏州丝绸有限公司", kind="contract")
        assert "苏州丝绸有限公司" in enter(cast.gao).get(reverse("network:customers")).content.decode()


class TestForm:
    def test_adds_a_customer(self, cast, enter):
        client = enter(cast.gao)
        url = reverse("network:new", args=["customers"])
        assert client.get(url).status_code == 200
        posted = {"code": "C1", "name": "李四", "kind": "retail", "phone": "13912345678", "unit": "SZ-WZ"}
        assert client.post(url, posted)["HX-Redirect"] == reverse("network:customers")
        assert cast.unit("SZ-WZ").customers.get().phone == "13912345678"

    def test_says_what_is_wrong_beside_the_field(self, cast, enter):
        url = reverse("network:new", args=["customers"])
        answer = enter(cast.gao).post(url, {"code": "C 1", "name": "", "kind": "retail", "unit": "SZ-GS"})
        text = answer.content.decode()
        assert (answer.status_code, answer["HX-Retarget"]) == (422, "#form")
        assert "格式不对" in text
        assert "至少 1 个字" in text

    def test_does_not_know_units_of_others(self, cast, enter):
        url = reverse("network:new", args=["customers"])
        posted = {"code": "C1", "name": "李四", "kind": "retail", "unit": "SZ-GS"}
        assert "没有组织单元 SZ-GS" in enter(cast.gao).post(url, posted).content.decode()

    def test_new_does_not_change_what_is_there(self, cast, enter):
        made.customer(cast.unit("SZ-WZ"), code="C1")
        posted = {"code": "C1", "name": "李四", "kind": "retail", "unit": "SZ-WZ"}
        answer = enter(cast.gao).post(reverse("network:new", args=["customers"]), posted)
        assert "已有同样编号的记录" in answer.content.decode()
        assert cast.unit("SZ-WZ").customers.get().name == "王小明"

    def test_keeps_a_phone_that_it_does_not_show(self, cast, enter):
        made.customer(cast.unit("SZ-WZ"), code="C1")
        client, url = enter(cast.gao), reverse("network:edit", args=["customers", "C1"])
        assert "13812345634" not in client.get(url).content.decode()
        client.post(url, {"code": "other", "name": "王大明", "kind": "retail", "phone": "", "unit": "SZ-WZ"})
        kept = cast.unit("SZ-WZ").customers.get()
        assert (kept.code, kept.name, kept.phone) == ("C1", "王大明", "13812345634")

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_others_does_not_exist(self, ground, enter, kind):
        keys = {"customers": "SZ-GS-C0", "routes": "R-SZ-GS"}
        other = ground.unit("SZ-GS")
        keys |= {"couriers": other.couriers.first().code, "areas": other.areas.first().code}
        keys["standards"] = str(other.standards_out.get().pk)
        assert enter(ground.gao).get(reverse("network:edit", args=[kind, keys[kind]])).status_code == 404

    @pytest.mark.parametrize("kind", [*KINDS, "units"])
    def test_opens_for_each_kind(self, ground, enter, kind):
        own = ground.unit("SZ-WZ")
        keys = {
            "units": "SZ-WZ",
            "customers": "SZ-WZ-C0",
            "routes": "R-SZ-WZ",
            "couriers": own.couriers.first().code,
            "areas": own.areas.first().code,
            "standards": str(own.standards_out.get().pk),
        }
        client = enter(ground.hua)
        page = client.get(reverse("network:edit", args=[kind, keys[kind]]))
        assert page.status_code == 200
        fields = {f.name: f.value for f in page.context["fields"]}
        assert client.post(reverse("network:edit", args=[kind, keys[kind]]), fields).status_code == 204

    def test_is_shut_to_those_who_only_look(self, cast, enter):
        assert enter(cast.lin).get(reverse("network:new", args=["customers"])).status_code == 403
