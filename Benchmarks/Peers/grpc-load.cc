// Load on any gRPC server, with C++ gRPC's own asynchronous client, over mutual TLS.
//
//   grpc-load HOST:PORT METHOD ANCHORS CERTIFICATE KEY CALLS-IN-FLIGHT CONNECTIONS SECONDS BYTES
//   grpc-load HOST:PORT METHOD ANCHORS CERTIFICATE KEY CALLS-IN-FLIGHT CONNECTIONS FILE
//
// Calls METHOD, "/package.Service/Method", with a message of BYTES for SECONDS after a second of
// warming up; or once with each message of FILE, which holds each with its length before it as
// four bytes, big-endian. Prints one line: calls, seconds, microseconds a call took at the 50th
// and the 99th percentile, calls that failed.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

namespace {

using Clock = std::chrono::steady_clock;

std::string contents(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Options {
    std::string target, method, anchors, certificate, key;
    int in_flight = 0, connections = 0;
    double seconds = 0;
    std::vector<grpc::ByteBuffer> messages;
};

// What all threads share.
struct Load {
    explicit Load(const Options &options) : options(options) {}

    const Options &options;
    std::atomic<size_t> next{0};
    std::atomic<bool> over{false}, measuring{false};
    std::atomic<uint64_t> failures{0};
    std::once_flag complaint;

    // The next message to send, or none at the end.
    const grpc::ByteBuffer *message() {
        const auto &messages = options.messages;
        if (options.seconds > 0) return over ? nullptr : &messages[0];
        const auto index = next++;
        return index < messages.size() ? &messages[index] : nullptr;
    }

    void complain(const grpc::Status &status) {
        ++failures;
        std::call_once(complaint, [&] {
            std::cerr << "grpc-load: error: status " << status.error_code() << ": "
                      << status.error_message() << '\n';
        });
    }
};

// A place for one call in flight.
struct Place {
    grpc::GenericStub *stub;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    grpc::ByteBuffer answer;
    grpc::Status status;
    Clock::time_point start;

    bool call(Load &load, grpc::CompletionQueue &queue) {
        const auto *message = load.message();
        if (!message) return false;
        context = std::make_unique<grpc::ClientContext>();
        start = Clock::now();
        reader = stub->PrepareUnaryCall(context.get(), load.options.method, *message, &queue);
        reader->StartCall();
        reader->Finish(&answer, &status, this);
        return true;
    }
};

// Keeps `count` calls in flight over one connection; adds how long each took to `durations`.
void drive(Load &load, int connections, int count, std::vector<uint32_t> &durations) {
    grpc::SslCredentialsOptions tls{contents(load.options.anchors), contents(load.options.key),
                                    contents(load.options.certificate)};
    std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
    for (int index = 0; index < connections; ++index) {
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        auto channel = grpc::CreateCustomChannel(load.options.target, grpc::SslCredentials(tls), arguments);
        stubs.push_back(std::make_unique<grpc::GenericStub>(channel));
    }
    grpc::CompletionQueue queue;
    std::vector<Place> places(count);
    int open = 0;
    for (int index = 0; index < count; ++index) {
        places[index].stub = stubs[index % connections].get();
        open += places[index].call(load, queue);
    }
    void *tag;
    for (bool ok; open > 0 && queue.Next(&tag, &ok);) {
        auto *place = static_cast<Place *>(tag);
        if (!place->status.ok()) load.complain(place->status);
        if (load.measuring) {
            const auto duration = Clock::now() - place->start;
            durations.push_back(static_cast<uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(duration).count()));
        }
        if (!place->call(load, queue)) --open;
    }
}

std::vector<grpc::ByteBuffer> messages_of(const std::string &path) {
    const auto data = contents(path);
    std::vector<grpc::ByteBuffer> messages;
    for (size_t at = 0; at + 4 <= data.size();) {
        size_t size = 0;
        for (int index = 0; index < 4; ++index)
            size = size << 8 | static_cast<uint8_t>(data[at + index]);
        grpc::Slice slice(data.data() + at + 4, size);
        messages.emplace_back(&slice, 1);
        at += 4 + size;
    }
    return messages;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 9 && argc != 10) {
        std::cerr << "usage: grpc-load HOST:PORT METHOD ANCHORS CERTIFICATE KEY CALLS-IN-FLIGHT "
                     "CONNECTIONS SECONDS BYTES | FILE\n";
        return 64;
    }
    Options options;
    options.target = argv[1];
    options.method = argv[2];
    options.anchors = argv[3];
    options.certificate = argv[4];
    options.key = argv[5];
    options.in_flight = std::atoi(argv[6]);
    options.connections = std::atoi(argv[7]);
    if (argc == 10) {
        options.seconds = std::atof(argv[8]);
        grpc::Slice slice(std::string(std::atoi(argv[9]), 'x'));
        options.messages.emplace_back(&slice, 1);
    } else {
        options.messages = messages_of(argv[8]);
    }

    Load load(options);
    load.measuring = options.seconds == 0;
    const int workers = std::min<int>(options.connections, std::max(2U, std::thread::hardware_concurrency()));
    std::vector<std::vector<uint32_t>> durations(workers);
    std::vector<std::thread> threads;
    auto start = Clock::now();
    for (int index = 0; index < workers; ++index) {
        const int connections = (options.connections + index) / workers;
        const int count = (options.in_flight + index) / workers;
        threads.emplace_back([&, index, connections, count] {
            drive(load, connections, count, durations[index]);
        });
    }
    if (options.seconds > 0) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        start = Clock::now();
        load.measuring = true;
        std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
        load.measuring = false;
        load.over = true;
    }
    auto end = Clock::now();
    for (auto &thread : threads) thread.join();
    if (options.seconds == 0) end = Clock::now();

    std::vector<uint32_t> all;
    for (auto &each : durations) all.insert(all.end(), each.begin(), each.end());
    std::sort(all.begin(), all.end());
    const auto at = [&](double share) { return all.empty() ? 0 : all[static_cast<size_t>(share * (all.size() - 1))]; };
    std::cout << all.size() << ' ' << std::chrono::duration<double>(end - start).count() << ' '
              << at(0.5) << ' ' << at(0.99) << ' ' << load.failures << std::endl;
    return load.failures == 0 ? 0 : 1;
}
