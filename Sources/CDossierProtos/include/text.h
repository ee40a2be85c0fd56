/*
 * What copying strings out of and into messages needs and libprotobuf-c does not give. It is C for
 * the sake of arena.h's layout and of loops over bytes that Swift would check one by one.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The length of a string field unpacked into an arena, as it was on the wire: 0 when absent.
 * libprotobuf-c itself loses it, and with it what follows a NUL, but asks for length + 1 bytes. */
static inline size_t dossier_string_length(const char *field)
{
    return field == protobuf_c_empty_string ? 0 : ((const size_t *)(const void *)field)[-1] - 1;
}

/* What an absent string field points to; libprotobuf-c wants no NULL in a repeated one. */
static inline char *dossier_empty_string(void)
{
    return (char *)protobuf_c_empty_string; /* nobody writes to it */
}

/* Whether there is a zero among the bytes. */
static inline int dossier_has_zero(const void *bytes, size_t size)
{
    return size != 0 && memchr(bytes, 0, size) != NULL;
}

/* Whether a byte of the eight is zero, or is not ASCII: its highest bit, or 0. */
static inline uint64_t dossier_odd_bytes(uint64_t eight)
{
    return (eight | ((eight - UINT64_C(0x0101010101010101)) & ~eight))
           & UINT64_C(0x8080808080808080);
}

/* Whether a text is ASCII without NUL, and so needs no closer look. */
static inline int dossier_is_plain(const void *text, size_t size)
{
    const unsigned char *bytes = text;
    uint64_t eight = UINT64_C(0x0101010101010101);
    uint64_t odd = 0;
    if (size < sizeof eight) {
        for (size_t index = 0; index < size; index++)
            eight = eight << 8 | bytes[index];
        return dossier_odd_bytes(eight) == 0;
    }
    for (size_t index = 0; index < size - sizeof eight; index += sizeof eight) {
        memcpy(&eight, bytes + index, sizeof eight);
        odd |= dossier_odd_bytes(eight);
    }
    memcpy(&eight, bytes + size - sizeof eight, sizeof eight); /* may overlap the one before */
    return (odd | dossier_odd_bytes(eight)) == 0;
}
