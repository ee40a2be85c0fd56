// C++ gRPC's own server, asynchronous, over mutual TLS: gives each message back as it came.
//
//   grpc-server ANCHORS CERTIFICATE KEY      prints the port it listens on
//
// Raw methods and completion queues, one thread for each: the fastest that its users know.

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/byte_buffer.h>

namespace {

class Echo : public grpc::Service {
public:
    Echo() {
        AddMethod(new grpc::internal::RpcServiceMethod(
            "/bench.Echo/Unary", grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
        MarkMethodRaw(0);
    }

    void request(grpc::ServerContext *context, grpc::ByteBuffer *message,
                 grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> *writer,
                 grpc::ServerCompletionQueue *queue, void *tag) {
        RequestAsyncUnary(0, context, message, writer, queue, queue, tag);
    }
};

// One call at a time, again and again.
class Call {
public:
    Call(Echo &service, grpc::ServerCompletionQueue &queue) : service(service), queue(queue) {
        wait();
    }

    void proceed(bool ok) {
        if (!ok) return;
        if (answering) return wait();
        answering = true;
        writer->Finish(message, grpc::Status::OK, this);
    }

private:
    void wait() {
        answering = false;
        context = std::make_unique<grpc::ServerContext>();
        writer = std::make_unique<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>>(context.get());
        service.request(context.get(), &message, writer.get(), &queue, this);
    }

    Echo &service;
    grpc::ServerCompletionQueue &queue;
    std::unique_ptr<grpc::ServerContext> context;
    std::unique_ptr<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer;
    grpc::ByteBuffer message;
    bool answering = false;
};

std::string contents(const char *path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: grpc-server ANCHORS CERTIFICATE KEY\n";
        return 64;
    }
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = contents(argv[1]);
    options.pem_key_cert_pairs.push_back({contents(argv[3]), contents(argv[2])});

    Echo service;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    builder.RegisterService(&service);
    const unsigned count = std::max(2U, std::thread::hardware_concurrency());
    std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
    for (unsigned index = 0; index < count; ++index)
        queues.push_back(builder.AddCompletionQueue());
    const auto server = builder.BuildAndStart();
    if (!server) return 1;
    std::cout << port << std::endl;

    std::vector<std::thread> threads;
    for (auto &queue : queues) {
        threads.emplace_back([&service, &queue] {
            std::vector<std::unique_ptr<Call>> calls;
            for (int index = 0; index < 256; ++index)
                calls.push_back(std::make_unique<Call>(service, *queue));
            void *tag;
            for (bool ok; queue->Next(&tag, &ok);) static_cast<Call *>(tag)->proceed(ok);
        });
    }
    for (auto &thread : threads) thread.join();
}
