"""Certificates that end, are renewed while the node runs, or are revoked, as foreign clients see it."""

import os
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import node as nodes
import pki
from node import CALL_SECONDS

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
HOUR = pki.DAY / 24
NOTICES = (30, 14, 3)


def replace(path, content: bytes) -> None:
    """Puts a file that only its owner may read in another's place."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    os.replace(new, path)


def lasting(days: int) -> nodes.Consortium:
    """A consortium in which kr's CA lasts a year, and its node's certificate so long."""
    consortium = nodes.Consortium()
    authority = pki.Authority("kr CA", valid=(-pki.DAY, 365 * pki.DAY))
    consortium.authorities["kr"] = authority
    consortium.people["kr"] = authority.person("kr", "kim")
    consortium.nodes["kr"] = authority.node("kr", valid=(-pki.DAY, days * pki.DAY + HOUR))
    return consortium


@pytest.fixture
def start(tmp_path):
    """Starts a node that ends with the test."""
    started = []

    def make(consortium: nodes.Consortium) -> nodes.Node:
        started.append(nodes.Node(consortium, tmp_path))
        return started[-1]

    yield make
    for each in started:
        assert each.stop() == 0, each.log.read_text()


def request(days: int) -> health_pb2.HealthCheckRequest:
    return health_pb2.HealthCheckRequest(service=f"dossier.certificate.{days}d")


@pytest.mark.parametrize("days", [31, 29, 14, 13, 3, 2])
def test_health_tells_how_long_the_certificate_lasts(start, days):
    consortium = lasting(days)
    with start(consortium).channel(consortium.people["kr"]) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for notice in NOTICES:
            status = health.Check(request(notice), timeout=CALL_SECONDS).status
            assert status == (SERVING if days >= notice else NOT_SERVING), notice
        everything = health.Check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
        assert everything.status == SERVING


def test_whoever_watches_the_health_learns_on_the_same_stream_that_it_was_renewed(start):
    consortium = lasting(2)
    node = start(consortium)
    with node.channel(consortium.people["kr"]) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(request(30), timeout=CALL_SECONDS)
        assert next(watch).status == NOT_SERVING
        renewed = consortium.authorities["kr"].node("kr", valid=(-pki.DAY, 90 * pki.DAY))
        replace(node.folder / "node.pem", pki.pem(renewed.chain))
        replace(node.folder / "node.key", renewed.key_pem)
        assert next(watch).status == SERVING
        watch.cancel()


def test_a_revoked_client_is_cut_off_and_gets_no_connection(start, tmp_path, monkeypatch):
    lists = tmp_path / "crl.pem"
    monkeypatch.setenv("DOSSIER_CRL", str(lists))
    consortium = nodes.Consortium()
    us, jp = consortium.authorities["us"], consortium.authorities["jp"]
    # One that is past its time, and of whose CA nobody is turned away.
    old = jp.revoke(lasting=-HOUR)
    lists.write_bytes(us.revoke() + old)
    node = start(consortium)
    gone, stays = consortium.people["us"], us.person("us", "kim")
    with node.channel(gone) as channel, node.channel(stays) as other:
        watches = [
            health_pb2_grpc.HealthStub(each).Watch(
                health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS
            )
            for each in (channel, other)
        ]
        for watch in watches:
            assert next(watch).status == SERVING
        replace(lists, us.revoke(gone) + old)
        with pytest.raises(grpc.RpcError) as ended:
            next(watches[0])
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
        with pytest.raises(grpc.RpcError) as refused:
            health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS
            )
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        for identity in (stays, consortium.people["jp"]):
            with node.channel(identity) as fresh:
                health = health_pb2_grpc.HealthStub(fresh)
                answer = health.Check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
                assert answer.status == SERVING
        assert watches[1].is_active()
        watches[1].cancel()
    deadline = time.monotonic() + CALL_SECONDS
    while "is revoked by its CA" not in node.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
