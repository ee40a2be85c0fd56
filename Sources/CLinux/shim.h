// What Swift's own module of the C library leaves out. Declared here instead of included: with
// _GNU_SOURCE, which sys/uio.h wants for them, types would differ from those of that module.
#pragma once

#include <bits/types/struct_iovec.h>

// preadv2(2) of glibc, as sys/uio.h declares it for 64-bit offsets.
extern long preadv64v2(int descriptor, const struct iovec *parts, int count, long offset, int flags);

// Reads what is in memory already, and fails with EAGAIN instead of waiting for a disk: the flag is
// RWF_NOWAIT.
static inline long dossier_pread_nowait(
    int descriptor, void *buffer, long count, long offset)
{
    struct iovec part = {buffer, (unsigned long)count};
    return preadv64v2(descriptor, &part, 1, offset, 0x00000008);
}
