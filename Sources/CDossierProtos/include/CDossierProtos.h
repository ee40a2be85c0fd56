/*
 * Dossier's messages as C, the arena they are unpacked into, and their descriptor set.
 *
 * Everything under generated/ and include/dossier/ is made by Protos/generate.sh from
 * Protos/dossier and must not be edited; the rest is written by hand.
 */
#pragma once

/* As a module, not as text: otherwise libprotobuf-c's types would belong to whichever generated
 * module was loaded first, and be out of reach for importers of the other. */
#if __has_feature(modules)
#pragma clang module import CProtobufC
#endif

#include "arena.h"
#include "descriptor_set.h"
#include "text.h"
#include "dossier/v1/assessment.pb-c.h"
#include "dossier/v1/attestation.pb-c.h"
#include "dossier/v1/claim.pb-c.h"
#include "dossier/v1/crypto_theft.pb-c.h"
#include "dossier/v1/exchange.pb-c.h"
#include "dossier/v1/it_worker_deployment.pb-c.h"
#include "dossier/v1/log.pb-c.h"
#include "dossier/v1/marking.pb-c.h"
#include "dossier/v1/mirror.pb-c.h"
#include "dossier/v1/money.pb-c.h"
#include "dossier/v1/record.pb-c.h"
#include "dossier/v1/report.pb-c.h"
#include "dossier/v1/sync.pb-c.h"
#include "dossier/v1/wallet.pb-c.h"

/* The descriptor set's bytes: Swift does not import an array of unstated length. */
static inline const unsigned char *dossier_descriptor_set_bytes(void)
{
    return dossier_descriptor_set;
}
