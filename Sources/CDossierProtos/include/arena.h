/*
 * A bounded arena for libprotobuf-c: memory is handed out by moving a pointer and given back all
 * at once. It is C, not Swift, because libprotobuf-c calls its allocator once for each string and
 * submessage, and a call into Swift there costs five times as much.
 *
 * An arena belongs to one thread at a time.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

typedef struct dossier_arena dossier_arena;

/* A new arena that hands out at most `limit` bytes between two resets; NULL without memory. */
dossier_arena *dossier_arena_create(size_t limit);

/* Takes back everything handed out. The first chunk is kept for the next message. */
void dossier_arena_reset(dossier_arena *arena);

/* Frees the arena and everything handed out. */
void dossier_arena_destroy(dossier_arena *arena);

/* `size` bytes aligned for any type, not cleared; NULL past the limit or without memory. */
void *dossier_arena_allocate(dossier_arena *arena, size_t size);

/* The allocator to give to libprotobuf-c; it lives as long as the arena. */
ProtobufCAllocator *dossier_arena_allocator(dossier_arena *arena);

/* Whether an allocation was refused since the last reset because of the limit. */
int dossier_arena_exhausted(const dossier_arena *arena);
