/*
 * A bounded arena for libprotobuf-c: memory is handed out by moving a pointer and given back all
 * at once. It is C, not Swift, because libprotobuf-c calls its allocator once for each string and
 * submessage, and a call into Swift there costs five times as much.
 *
 * An arena belongs to one thread at a time; each thread keeps one for its next message.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* What an allocation takes: its size, and itself rounded up to keep the next one aligned. */
#define DOSSIER_ARENA_TAKEN(size) (sizeof(size_t) + (((size) + 7) & ~(size_t)7))

/* The fields are for the inline functions below. */
typedef struct dossier_arena {
    ProtobufCAllocator allocator;
    unsigned char *next; /* first free byte of the newest chunk */
    unsigned char *end;  /* where that chunk ends */
    struct dossier_arena_chunk *newest;
    size_t limit;
    size_t reserved; /* bytes of all chunks */
    int exhausted;
} dossier_arena;

/* An empty arena whose chunks will not be larger than `limit` bytes together, or than 16 KiB if
 * `limit` is less; NULL without memory. Give it back with dossier_arena_return. */
dossier_arena *dossier_arena_borrow(size_t limit);

/* Takes back everything handed out and keeps the arena for the calling thread's next message. */
void dossier_arena_return(dossier_arena *arena);

/* What dossier_arena_allocate does when the newest chunk is full. */
void *dossier_arena_allocate_slowly(dossier_arena *arena, size_t size);

/* `size` bytes aligned for any field of a message, not cleared; NULL past the limit or without
 * memory. The size is kept before them. */
static inline void *dossier_arena_allocate(dossier_arena *arena, size_t size)
{
    size_t available = (size_t)(arena->end - arena->next);
    /* First the size as it is: a huge one must not wrap around below. */
    if (size > available || DOSSIER_ARENA_TAKEN(size) > available)
        return dossier_arena_allocate_slowly(arena, size);
    size_t *memory = (size_t *)(void *)arena->next;
    *memory = size;
    arena->next += DOSSIER_ARENA_TAKEN(size);
    return memory + 1;
}

/* The allocator to give to libprotobuf-c; it lives as long as the arena. */
static inline ProtobufCAllocator *dossier_arena_allocator(dossier_arena *arena)
{
    return &arena->allocator;
}

/* Whether an allocation was refused. */
static inline int dossier_arena_exhausted(const dossier_arena *arena)
{
    return arena->exhausted;
}
