#include "arena.h"

#include <pthread.h>
#include <stdlib.h>

/* Enough for a usual record, so that most messages never need a second chunk. */
#define FIRST_CHUNK_BYTES ((size_t)16 * 1024)
/* Later chunks are larger, to keep their number small. */
#define LATER_CHUNK_BYTES ((size_t)256 * 1024)

typedef struct dossier_arena_chunk {
    struct dossier_arena_chunk *previous; /* the chain ends in the first chunk */
    size_t capacity;
    _Alignas(8) unsigned char bytes[];
} dossier_arena_chunk;

/* Holds the arena that a thread keeps; the key's destructor frees it when the thread ends. */
static pthread_key_t kept_by_thread;
static pthread_once_t kept_by_thread_once = PTHREAD_ONCE_INIT;
static int kept_by_thread_exists;

static void *allocator_allocate(void *arena, size_t size)
{
    return dossier_arena_allocate(arena, size);
}

static void allocator_free(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer; /* given back with the arena */
}

/* Adds a chunk of `capacity` bytes and makes it the newest; 0 without memory. */
static int arena_grow(dossier_arena *arena, size_t capacity)
{
    dossier_arena_chunk *chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL)
        return 0;
    chunk->previous = arena->newest;
    chunk->capacity = capacity;
    arena->newest = chunk;
    arena->next = chunk->bytes;
    arena->end = chunk->bytes + capacity;
    arena->reserved += capacity;
    return 1;
}

/* Frees all chunks but the first, which every arena has. */
static void arena_reset(dossier_arena *arena)
{
    while (arena->newest->previous != NULL) {
        dossier_arena_chunk *previous = arena->newest->previous;
        arena->reserved -= arena->newest->capacity;
        free(arena->newest);
        arena->newest = previous;
    }
    arena->next = arena->newest->bytes;
    arena->end = arena->newest->bytes + arena->newest->capacity;
    arena->exhausted = 0;
}

static dossier_arena *arena_create(void)
{
    dossier_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        return NULL;
    if (!arena_grow(arena, FIRST_CHUNK_BYTES)) {
        free(arena);
        return NULL;
    }
    arena->allocator.alloc = allocator_allocate;
    arena->allocator.free = allocator_free;
    arena->allocator.allocator_data = arena;
    return arena;
}

static void arena_destroy(void *kept)
{
    dossier_arena *arena = kept;
    arena_reset(arena);
    free(arena->newest);
    free(arena);
}

static void create_key(void)
{
    /* Fails only when the process has no keys left: then nothing is kept between messages. */
    kept_by_thread_exists = pthread_key_create(&kept_by_thread, arena_destroy) == 0;
}

dossier_arena *dossier_arena_borrow(size_t limit)
{
    pthread_once(&kept_by_thread_once, create_key);
    dossier_arena *arena = kept_by_thread_exists ? pthread_getspecific(kept_by_thread) : NULL;
    if (arena == NULL)
        arena = arena_create();
    else
        pthread_setspecific(kept_by_thread, NULL); /* cannot fail: the slot is in use */
    if (arena != NULL)
        arena->limit = limit;
    return arena;
}

void dossier_arena_return(dossier_arena *arena)
{
    /* The slot is taken when this thread borrowed twice, or returns another thread's arena. */
    if (kept_by_thread_exists && pthread_getspecific(kept_by_thread) == NULL
        && pthread_setspecific(kept_by_thread, arena) == 0)
        arena_reset(arena);
    else
        arena_destroy(arena);
}

void *dossier_arena_allocate_slowly(dossier_arena *arena, size_t size)
{
    size_t left = arena->limit > arena->reserved ? arena->limit - arena->reserved : 0;
    if (size <= left && DOSSIER_ARENA_TAKEN(size) <= left) {
        size_t capacity = left < LATER_CHUNK_BYTES ? left : LATER_CHUNK_BYTES;
        if (capacity < DOSSIER_ARENA_TAKEN(size))
            capacity = DOSSIER_ARENA_TAKEN(size);
        if (arena_grow(arena, capacity))
            return dossier_arena_allocate(arena, size);
    }
    arena->exhausted = 1;
    return NULL;
}
