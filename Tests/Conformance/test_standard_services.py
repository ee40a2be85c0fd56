"""What every gRPC server answers: health and reflection, both behind mutual TLS."""

import grpc
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message_factory,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

import recipe
import samples
from dossier.v1 import exchange_pb2
from expect import refusal
from node import CALL_SECONDS

SERVING = health_pb2.HealthCheckResponse.SERVING


def test_health_answers_for_the_node_and_for_the_exchange(kr):
    health = health_pb2_grpc.HealthStub(kr.channel)
    for service in ("", "dossier.v1.ExchangeService"):
        request = health_pb2.HealthCheckRequest(service=service)
        assert health.Check(request, timeout=CALL_SECONDS).status == SERVING
    with refusal(grpc.StatusCode.NOT_FOUND):
        health.Check(health_pb2.HealthCheckRequest(service="no.Such"), timeout=CALL_SECONDS)


def test_health_is_watched(kr):
    health = health_pb2_grpc.HealthStub(kr.channel)
    watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
    assert next(watch).status == SERVING
    watch.cancel()


class Reflection:
    """grpc.reflection.v1.ServerReflection.

    PyPI has the messages of v1alpha only; v1 has the same under another package name.
    """

    PATH = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"

    def __init__(self, channel):
        self.call = channel.stream_stream(
            self.PATH,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )

    def ask(self, **question):
        requests = iter([reflection_pb2.ServerReflectionRequest(**question)])
        return next(self.call(requests, timeout=CALL_SECONDS))


def test_reflection_lists_all_services(kr):
    answer = Reflection(kr.channel).ask(list_services="")
    names = {each.name for each in answer.list_services_response.service}
    assert {
        "dossier.v1.ExchangeService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    } <= names


def test_reflection_is_enough_to_make_a_call(kr, prefix):
    record = samples.statistic(prefix).SerializeToString()
    kr.submit([record])
    reflection = Reflection(kr.channel)
    answer = reflection.ask(file_containing_symbol="dossier.v1.ExchangeService")
    pool = descriptor_pool.DescriptorPool()
    waiting = list(answer.file_descriptor_response.file_descriptor_proto)
    files = {}
    while waiting:
        file = descriptor_pb2.FileDescriptorProto.FromString(waiting.pop())
        if file.name in files:
            continue
        files[file.name] = file
        for name in file.dependency:
            more = reflection.ask(file_by_filename=name).file_descriptor_response
            waiting += more.file_descriptor_proto

    def add(name):
        file = files.pop(name, None)
        if file is not None:
            for dependency in file.dependency:
                add(dependency)
            pool.Add(file)

    for name in list(files):
        add(name)
    method = pool.FindServiceByName("dossier.v1.ExchangeService").FindMethodByName("Get")
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    call = kr.channel.unary_unary(
        "/dossier.v1.ExchangeService/Get",
        request_serializer=request.SerializeToString,
        response_deserializer=response.FromString,
    )
    answer = call(request(record_id=recipe.leaf_hash(record).hex()), timeout=CALL_SECONDS)
    assert answer.record.record == record
    known = exchange_pb2.GetResponse.FromString(answer.SerializeToString())
    assert json_format.MessageToDict(answer) == json_format.MessageToDict(known)


def test_reflection_says_so_when_it_does_not_know(kr):
    reflection = Reflection(kr.channel)
    for question in (
        {"file_containing_symbol": "no.Such"},
        {"file_by_filename": "no/such.proto"},
    ):
        code = reflection.ask(**question).error_response.error_code
        assert code == grpc.StatusCode.NOT_FOUND.value[0]


def test_unknown_methods_and_services_are_unimplemented(kr):
    for path in (
        "/dossier.v1.ExchangeService/Purge",
        "/dossier.v1.NoSuchService/Get",
        "/dossier.v1.ExchangeService/",
        "/x",
    ):
        with refusal(grpc.StatusCode.UNIMPLEMENTED):
            kr.channel.unary_unary(path)(b"", timeout=CALL_SECONDS)
