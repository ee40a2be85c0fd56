// Load on any gRPC server that costs little itself: nghttp2 and OpenSSL on one thread.
//
//   h2-load HOST:PORT METHOD ANCHORS CERTIFICATE KEY CALLS-IN-FLIGHT CONNECTIONS SECONDS BYTES
//
// C++ gRPC's client takes more of the machine than most servers; where both share two cores, it
// hides how servers differ. Arguments and output are those of grpc-load.

#include <poll.h>
#include <netdb.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string &reason) {
    std::cerr << "h2-load: error: " << reason << '\n';
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

struct Load {
    std::string authority, method;
    std::vector<uint8_t> message;
    std::vector<uint32_t> durations;
    uint64_t failures = 0;
    bool measuring = false, over = false;
};

// One call; reused for the next when it has ended.
struct Call {
    Clock::time_point start;
    size_t sent = 0;
    bool succeeded = false;
};

class Connection {
public:
    Connection(Load &load, SSL_CTX *context, const addrinfo &address, int calls)
        : load(load), socket_(::socket(address.ai_family, SOCK_STREAM, 0)), ssl(SSL_new(context)),
          calls(calls) {
        if (::connect(socket_, address.ai_addr, address.ai_addrlen) != 0) fail("cannot connect");
        const int on = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        SSL_set_fd(ssl, socket_);
        if (SSL_connect(ssl) != 1) fail("TLS handshake failed");
        fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);

        nghttp2_session_callbacks *callbacks;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        nghttp2_session_client_new(&session, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20};
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &window, 1);
        nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 1 << 24);
        for (auto &call : this->calls) begin(call);
    }

    pollfd interest() const {
        const bool writes = written < output.size() || nghttp2_session_want_write(session);
        return {socket_, static_cast<short>(POLLIN | (writes ? POLLOUT : 0)), 0};
    }

    void proceed() {
        uint8_t buffer[65536];
        for (int count; (count = SSL_read(ssl, buffer, sizeof buffer)) > 0;)
            if (nghttp2_session_mem_recv(session, buffer, count) < 0) fail("bad frames");
        if (SSL_get_error(ssl, -1) == SSL_ERROR_SSL || SSL_get_shutdown(ssl)) fail("closed");
        flush();
    }

private:
    void begin(Call &call) {
        const auto field = [](const char *name, const std::string &value) {
            return nghttp2_nv{(uint8_t *)name, (uint8_t *)value.data(), std::strlen(name),
                              value.size(),
                              NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
        };
        static const std::string post = "POST", https = "https", type = "application/grpc", trailers = "trailers";
        const nghttp2_nv headers[] = {
            field(":method", post), field(":scheme", https), field(":path", load.method),
            field(":authority", load.authority), field("te", trailers), field("content-type", type)};
        nghttp2_data_provider body{{.ptr = &call}, on_body};
        call = {Clock::now(), 0, false};
        if (nghttp2_submit_request(session, nullptr, headers, std::size(headers), &body, &call) < 0)
            fail("no stream left");
    }

    // Sends what nghttp2 has, in TLS records as long as may be.
    void flush() {
        for (;;) {
            if (written == output.size()) {
                output.clear();
                written = 0;
            }
            const uint8_t *data;
            ssize_t count = 0;
            while (output.size() < 16384 && (count = nghttp2_session_mem_send(session, &data)) > 0)
                output.insert(output.end(), data, data + count);
            if (count < 0) fail("cannot make frames");
            if (output.empty()) return;
            const int sent = SSL_write(ssl, output.data() + written, output.size() - written);
            if (sent <= 0) return;
            written += sent;
        }
    }

    static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                         size_t length, const uint8_t *value, size_t size, uint8_t, void *) {
        auto *call = static_cast<Call *>(
            nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
        if (call && length == 11 && !std::memcmp(name, "grpc-status", 11))
            call->succeeded = size == 1 && value[0] == '0';
        return 0;
    }

    static ssize_t on_body(nghttp2_session *, int32_t, uint8_t *buffer, size_t length,
                           uint32_t *flags, nghttp2_data_source *source, void *user) {
        auto &call = *static_cast<Call *>(source->ptr);
        const auto &message = static_cast<Connection *>(user)->load.message;
        const auto count = std::min(length, message.size() - call.sent);
        std::memcpy(buffer, message.data() + call.sent, count);
        call.sent += count;
        if (call.sent == message.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
    }

    static int on_close(nghttp2_session *session, int32_t stream, uint32_t, void *user) {
        auto &self = *static_cast<Connection *>(user);
        auto &call = *static_cast<Call *>(nghttp2_session_get_stream_user_data(session, stream));
        if (!call.succeeded) ++self.load.failures;
        if (self.load.measuring) {
            const auto duration = Clock::now() - call.start;
            self.load.durations.push_back(static_cast<uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(duration).count()));
        }
        if (!self.load.over) self.begin(call);
        return 0;
    }

    Load &load;
    int socket_;
    SSL *ssl;
    nghttp2_session *session = nullptr;
    std::vector<Call> calls;
    std::vector<uint8_t> output;
    size_t written = 0;
};

SSL_CTX *tls(const char *anchors, const char *certificate, const char *key) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_load_verify_locations(context, anchors, nullptr) != 1 ||
        SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        fail("cannot read certificates");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\2h2", 3);
    return context;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 10) {
        std::cerr << "usage: h2-load HOST:PORT METHOD ANCHORS CERTIFICATE KEY CALLS-IN-FLIGHT "
                     "CONNECTIONS SECONDS BYTES\n";
        return 64;
    }
    Load load;
    load.authority = argv[1];
    load.method = argv[2];
    const auto size = static_cast<uint32_t>(std::atoi(argv[9]));
    load.message = {0, uint8_t(size >> 24), uint8_t(size >> 16), uint8_t(size >> 8), uint8_t(size)};
    load.message.resize(5 + size, 'x');
    const int in_flight = std::atoi(argv[6]), count = std::atoi(argv[7]);
    const auto colon = load.authority.rfind(':');
    const addrinfo hints{0, AF_INET, SOCK_STREAM, 0, 0, nullptr, nullptr, nullptr};
    addrinfo *address;
    if (getaddrinfo(load.authority.substr(0, colon).c_str(),
                    load.authority.substr(colon + 1).c_str(), &hints, &address) != 0)
        fail("no such host");

    SSL_CTX *context = tls(argv[3], argv[4], argv[5]);
    std::vector<std::unique_ptr<Connection>> connections;
    for (int index = 0; index < count; ++index)
        connections.push_back(
            std::make_unique<Connection>(load, context, *address, (in_flight + index) / count));
    const auto measured = std::chrono::duration<double>(std::atof(argv[8]));
    const auto start = Clock::now() + std::chrono::seconds(1);
    const auto end = start + measured;
    std::vector<pollfd> waiting(connections.size());
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
        load.measuring = now >= start;
        for (size_t index = 0; index < connections.size(); ++index)
            waiting[index] = connections[index]->interest();
        if (poll(waiting.data(), waiting.size(), 100) < 0) fail("poll");
        for (size_t index = 0; index < connections.size(); ++index)
            if (waiting[index].revents) connections[index]->proceed();
    }
    std::sort(load.durations.begin(), load.durations.end());
    const auto at = [&](double share) {
        const auto &all = load.durations;
        return all.empty() ? 0 : all[static_cast<size_t>(share * (all.size() - 1))];
    };
    std::cout << load.durations.size() << ' ' << measured.count() << ' ' << at(0.5) << ' '
              << at(0.99) << ' ' << load.failures << std::endl;
    return load.failures == 0 ? 0 : 1;
}
