"""Runs the checks of scim2-tester against a SCIM server: BASE_URL and TOKEN say which. Ends with 1 if any fails."""

import collections
import json
import os
import sys

import httpx2 as httpx
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Mutability
from scim2_models.base import BaseModel
from scim2_tester import Status, check_server
from scim2_tester.checkers import patch_add, patch_replace


class WithoutDraftMembers(httpx.HTTPTransport):
    """The suite refuses members it does not know: that of the interoperability profile, a draft, is taken out."""

    def handle_request(self, request):
        response = super().handle_request(request)
        if not request.url.path.endswith("/ServiceProviderConfig") or response.status_code != 200:
            return response
        config = json.loads(response.read())
        config.pop("interopProfileConformant", None)
        return httpx.Response(200, headers={"content-type": response.headers["content-type"]}, json=config)


def written(value):
    """What a client may write of a value: the suite compares all of it with what was sent, but what is readOnly is the
    server's to add, a manager's displayName among it (RFC 7643, sections 2.2 and 4.3)."""
    if isinstance(value, list):
        return [written(one) for one in value]
    if not isinstance(value, BaseModel):
        return value
    return {
        name: written(getattr(value, name))
        for name in type(value).model_fields
        if name != "schemas" and type(value).get_field_annotation(name, Mutability) != Mutability.read_only
    }


for checker in (patch_add, patch_replace):
    checker.fields_equality = lambda sent, found: written(sent) == written(found)

http = httpx.Client(
    base_url=os.environ["BASE_URL"],
    headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
    transport=WithoutDraftMembers(),
)
results = check_server(SyncSCIMClient(http))
counts = collections.Counter(result.status.name for result in results)
for result in results:
    if result.status in (Status.ERROR, Status.CRITICAL):
        print(f"{result.status.name} {result.title} {result.resource_type or ''}: {result.reason}"[:600])
print("Taken out of its view: interopProfileConformant, a draft's member; compared without what is readOnly.")
print("scim2-tester: " + ", ".join(f"{count} {name.lower()}" for name, count in sorted(counts.items())))
sys.exit(1 if counts["ERROR"] + counts["CRITICAL"] else 0)
