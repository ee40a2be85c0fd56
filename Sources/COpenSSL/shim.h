// What Swift sees of the system's library: its headers, and wrappers for what the importer cannot read.
#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>
#include <openssl/bio.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/core_names.h>

// OPENSSL_free is a macro.
static inline void dossier_free(void *memory) { OPENSSL_free(memory); }

// XN_FLAG_RFC2253 is an expression of casts.
static const unsigned long dossier_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;

// Parameters point to their names, which the importer would give only until the call's end.
static inline int dossier_MAC_init(EVP_MAC_CTX *context, const unsigned char *key, size_t count,
                                   const char *digest) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, key, count, parameters);
}

// MARK: TLS

// Options are 64-bit shifts behind a cast, which the importer does not read.
static const uint64_t dossier_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t dossier_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t dossier_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;

// Macro over BIO_clear_flags.
static inline void dossier_BIO_clear_retry_flags(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

// Macro over BIO_set_flags.
static inline void dossier_BIO_set_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

// Macro over SSL_CTX_ctrl. Adds a reference of its own to `certificate`.
static inline int dossier_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

// Macro over SSL_CTX_ctrl.
static inline int dossier_SSL_CTX_get_max_proto_version(SSL_CTX *context) {
    return (int)SSL_CTX_get_max_proto_version(context);
}

// Macro over SSL_CTX_ctrl.
static inline int dossier_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

// Macro over SSL_CTX_ctrl.
static inline int dossier_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

// Macro over SSL_CTX_ctrl.
static inline void dossier_SSL_CTX_set_read_ahead(SSL_CTX *context, int enabled) {
    SSL_CTX_set_read_ahead(context, enabled);
}

// Macro over SSL_CTX_ctrl.
static inline void dossier_SSL_CTX_set_session_cache_mode(SSL_CTX *context, int mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

// Macro over SSL_get_ex_data.
static inline void *dossier_SSL_get_app_data(const SSL *ssl) {
    return SSL_get_app_data(ssl);
}

// Macro over SSL_set_ex_data.
static inline int dossier_SSL_set_app_data(SSL *ssl, void *data) {
    return SSL_set_app_data(ssl, data);
}

// Macro over SSL_ctrl.
static inline int dossier_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}
