"""What a refused call must look like."""

import contextlib

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

INVALID = grpc.StatusCode.INVALID_ARGUMENT
DENIED = grpc.StatusCode.PERMISSION_DENIED


class Refused:
    """The error of a refused call, once it is there."""

    error: grpc.RpcError

    @property
    def violations(self) -> dict[str, str]:
        """google.rpc.BadRequest of the status details: description by field."""
        status = rpc_status.from_call(self.error)
        assert status is not None, f"no status details in {self.error.details()!r}"
        found = {}
        for detail in status.details:
            request = error_details_pb2.BadRequest()
            if detail.Unpack(request):
                found.update({each.field: each.description for each in request.field_violations})
        return found


@contextlib.contextmanager
def refusal(*codes: grpc.StatusCode):
    """The calls inside must be refused with one of these statuses."""
    refused = Refused()
    with pytest.raises(grpc.RpcError) as raised:
        yield refused
    refused.error = raised.value
    assert refused.error.code() in codes, f"{refused.error.code()}: {refused.error.details()}"


def assert_no_trace(client, reference: str) -> None:
    """That nothing of it was logged; on the same connection, so that this is still usable too."""
    assert client.list(reference=reference) == []
