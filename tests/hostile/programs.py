"""Every operation of the API with ids of the outlet 吴中 and the body that its own description gives as an example."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huhang.config.api import api
from tests.hostile.ground import WAYBILL, Scene
from tests.hostile.watched import CAPTURE

ROOT = "/api/v1"
# Addresses that name nothing of anybody's: what they open or list is one's own, and is looked at for leaks alone.
OWN = (
    "/plans",
    "/plan_steps",
    "/policies",
    "/pause_reasons",
    "/calendars",
    "/assignment_policies",
    "/closing_reasons",
)
# The example is right, and the scene is not one for it (nobody has met that department, the case is of no business
# customer), or it is no JSON object.
REFUSED_ALL_THE_SAME = frozenset({
    "put /votes/{code}", "post /tickets/{no}/websites", "delete /tickets/{no}/websites/{website_id}",
    "post /scans", "post /epcis/capture", "post /bulk",
    # Only whoever has the conversation speaks in it.
    "post /conversations/{no}/messages", "post /conversations/{no}/files", "post /conversations/{no}/close",
    "post /conversations/{no}/transfer", "put /conversations/{no}/draft", "post /conversations/{no}/call_back",
    "post /conversations/{no}/prove",
})  # fmt: skip
ASKED = {"q": "破损", "org": "SZ-WZ"}


@dataclass(frozen=True)
class Operation:
    """One operation, ready to be asked."""

    method: str
    name: str
    address: str
    body: Any
    is_foreign: bool
    is_upload: bool

    def unsaid(self, text: str) -> str:
        """A text without what the address itself says: a refusal repeats it."""
        for word in self.address.removeprefix(f"{ROOT}/").split("/")[1:]:
            text = text.replace(word, "") if len(word) > 7 else text
        return text

    def ask(self, client: Client) -> Any:
        if self.is_upload:
            return client.post(self.address, _form(self.name))
        if self.method == "get":
            return client.get(
                self.address, ASKED if self.address.endswith(("/search", "response_15min")) else {}
            )
        return getattr(client, self.method)(self.address, self.body, content_type="application/json")


def operations(scene: Scene) -> Iterator[Operation]:
    """All of them, as the description lists them."""
    schema = api.get_openapi_schema()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            shape = content.get("application/json", {}).get("schema", {})
            yield Operation(
                method, f"{method} {path.removeprefix(ROOT)}", _filled(path, scene),
                _example(shape, schema["components"]["schemas"]), _is_foreign(path),
                "multipart/form-data" in content,
            )  # fmt: skip


def _form(name: str) -> dict[str, Any]:
    if name.endswith("/imports"):
        return {"kind": "customers", "file": SimpleUploadedFile("a.csv", "编号,名称\nC-9,甲\n".encode())}
    return {"files": SimpleUploadedFile("a.pdf", b"%PDF-1.7\n%%EOF")}


def _is_foreign(path: str) -> bool:
    short = path.removeprefix(ROOT)
    return "{" in short and not short.startswith((*OWN, "/metrics", "/capture"))


def _filled(path: str, scene: Scene) -> str:
    short = path.removeprefix(ROOT).removeprefix("/")
    values: dict[str, object] = scene.arguments["channels"] | {"kpi": "response_15min", "capture_id": CAPTURE}
    values |= scene.desk.of(short) | ({"no": WAYBILL} if short.startswith("waybills") else {})
    values |= {"run_id": scene.arguments["network"]["run_id"]} if short.startswith("imports") else {}
    return re.sub(r"{(\w+)}", lambda found: str(values[found[1]]), path)


def _example(shape: dict[str, Any], known: dict[str, Any]) -> Any:
    """What a schema gives as its example, field by field; a field without one is left out."""
    if "examples" in shape:
        return shape["examples"][0]
    if "$ref" in shape:
        return _example(known[shape["$ref"].rpartition("/")[2]], known)
    if "anyOf" in shape:
        return _example(shape["anyOf"][0], known)
    if shape.get("type") == "array" and shape.get("minItems"):
        return [_example(shape["items"], known)]
    needed = set(shape.get("required", ()))
    return {
        name: _example(field, known)
        for name, field in shape.get("properties", {}).items()
        if name in needed or "examples" in field
    }
