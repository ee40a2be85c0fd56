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
static inline void COpenSSL_free(void *memory) { OPENSSL_free(memory); }

// XN_FLAG_RFC2253 is an expression of casts.
static const unsigned long COpenSSL_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;
