#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

/* Enough for a usual record, so that most messages never need a second chunk. */
#define FIRST_CHUNK_BYTES ((size_t)16 * 1024)
/* libprotobuf-c grows arrays by doubling; larger chunks keep the number of chunks small. */
#define LARGER_CHUNK_BYTES ((size_t)256 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

typedef struct chunk {
    struct chunk *previous;
    size_t capacity;
    size_t used;
    _Alignas(max_align_t) unsigned char bytes[];
} chunk;

struct dossier_arena {
    ProtobufCAllocator allocator;
    chunk *newest; /* the chunk being filled; the chain ends in the first one */
    size_t limit;
    size_t handed_out;
    int exhausted;
};

static chunk *chunk_create(chunk *previous, size_t capacity)
{
    chunk *made = malloc(sizeof(chunk) + capacity);
    if (made == NULL)
        return NULL;
    made->previous = previous;
    made->capacity = capacity;
    made->used = 0;
    return made;
}

static void *allocator_allocate(void *arena, size_t size)
{
    return dossier_arena_allocate(arena, size);
}

static void allocator_free(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer; /* given back by the next reset */
}

dossier_arena *dossier_arena_create(size_t limit)
{
    dossier_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return NULL;
    arena->newest = chunk_create(NULL, FIRST_CHUNK_BYTES);
    if (arena->newest == NULL) {
        free(arena);
        return NULL;
    }
    arena->allocator.alloc = allocator_allocate;
    arena->allocator.free = allocator_free;
    arena->allocator.allocator_data = arena;
    arena->limit = limit;
    return arena;
}

void dossier_arena_reset(dossier_arena *arena)
{
    while (arena->newest->previous != NULL) {
        chunk *previous = arena->newest->previous;
        free(arena->newest);
        arena->newest = previous;
    }
    arena->newest->used = 0;
    arena->handed_out = 0;
    arena->exhausted = 0;
}

void dossier_arena_destroy(dossier_arena *arena)
{
    if (arena == NULL)
        return;
    dossier_arena_reset(arena);
    free(arena->newest);
    free(arena);
}

void *dossier_arena_allocate(dossier_arena *arena, size_t size)
{
    /* Padding counts too: the limit bounds memory, and no request is free. */
    size_t rounded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded < size || rounded > arena->limit - arena->handed_out) {
        arena->exhausted = 1;
        return NULL;
    }
    chunk *current = arena->newest;
    if (rounded > current->capacity - current->used) {
        size_t capacity = rounded > LARGER_CHUNK_BYTES ? rounded : LARGER_CHUNK_BYTES;
        current = chunk_create(arena->newest, capacity);
        if (current == NULL)
            return NULL;
        arena->newest = current;
    }
    void *result = current->bytes + current->used;
    current->used += rounded;
    arena->handed_out += rounded;
    return result;
}

ProtobufCAllocator *dossier_arena_allocator(dossier_arena *arena)
{
    return &arena->allocator;
}

int dossier_arena_exhausted(const dossier_arena *arena)
{
    return arena->exhausted;
}
