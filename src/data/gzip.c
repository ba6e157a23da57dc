/* Gzip by zlib, straight from memory. One member a file, as gzip writes them: bytes after it are
 * damage or something hidden, and are refused, even where they are a second member. */
#include "data/gzip.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>
#define ZLIB_CONST /* its input is const */
#include <zlib.h>

#define PIECE ((size_t)1 << 30)      /* zlib counts in unsigned int */
#define RATIO_MAX 1032               /* deflate: 258 bytes from two bits */
#define WINDOW_BITS (MAX_WBITS + 16) /* 16: gzip's header and trailer */

struct rl_gzip {
    const char *path;
    const uint8_t *rest; /* not yet content, or not yet given to zlib */
    size_t rest_size;
    uint64_t bound;
    bool packed, ended;
    z_stream stream; /* where packed */
};

static void *allocate(void *context, uInt count, uInt size) {
    (void)context;
    return rl_alloc(count, size);
}

static void release(void *context, void *memory) {
    (void)context;
    rl_free(memory);
}

static bool looks_packed(const uint8_t *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

rl_status rl_gzip_open(rl_gzip **gzip, const uint8_t *bytes, size_t size, const char *path,
                       rl_error *error) {
    *gzip = NULL;
    rl_gzip *opened = rl_alloc(1, sizeof *opened);
    if (!opened)
        return rl_fail_memory(error, "unpacking a file");
    opened->path = path;
    opened->rest = bytes;
    opened->rest_size = size;
    opened->bound = size;
    if (looks_packed(bytes, size)) {
        opened->stream.zalloc = allocate;
        opened->stream.zfree = release;
        if (inflateInit2(&opened->stream, WINDOW_BITS) != Z_OK) {
            rl_free(opened);
            return rl_fail_memory(error, "unpacking a file");
        }
        opened->packed = true;
        opened->bound = (uint64_t)size * RATIO_MAX;
    }
    *gzip = opened;
    return RL_OK;
}

void rl_gzip_free(rl_gzip *gzip) {
    if (gzip && gzip->packed)
        inflateEnd(&gzip->stream);
    rl_free(gzip);
}

uint64_t rl_gzip_bound(const rl_gzip *gzip) {
    return gzip->bound;
}

/* Hands zlib the next piece of what is packed once it is through with the one before. */
static void feed(rl_gzip *gzip) {
    if (gzip->stream.avail_in > 0)
        return;
    const size_t piece = rl_min(gzip->rest_size, PIECE);
    gzip->stream.next_in = gzip->rest;
    gzip->stream.avail_in = (uInt)piece;
    gzip->rest += piece;
    gzip->rest_size -= piece;
}

static size_t unread(const rl_gzip *gzip) {
    return gzip->rest_size + gzip->stream.avail_in;
}

/* Z_STREAM_END comes only after zlib has compared checksum and length. */
static rl_status end(rl_gzip *gzip, rl_error *error) {
    gzip->ended = true;
    if (unread(gzip) > 0)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: %zu bytes follow the end of the gzip data, expected none", gzip->path,
                       unread(gzip));
    return RL_OK;
}

static rl_status unpack(rl_gzip *gzip, uint8_t *out, size_t size, size_t *got, rl_error *error) {
    z_stream *stream = &gzip->stream;
    while (*got < size && !gzip->ended) {
        const uInt room = (uInt)rl_min(size - *got, PIECE);
        feed(gzip);
        stream->next_out = out + *got;
        stream->avail_out = room;
        const int code = inflate(stream, Z_NO_FLUSH);
        *got += room - stream->avail_out;
        if (code == Z_STREAM_END)
            return end(gzip, error);
        if (code == Z_MEM_ERROR)
            return rl_fail_memory(error, "unpacking a file");
        if (code == Z_BUF_ERROR) /* no progress: there is room, so there was nothing to unpack */
            return rl_fail(error, RL_ERROR_FORMAT, "%s: the gzip data are cut short", gzip->path);
        if (code != Z_OK)
            return rl_fail(error, RL_ERROR_FORMAT, "%s: damaged gzip data (%s)", gzip->path,
                           stream->msg ? stream->msg : "of an unknown kind");
    }
    return RL_OK;
}

rl_status rl_gzip_read(rl_gzip *gzip, uint8_t *out, size_t size, size_t *got, rl_error *error) {
    *got = 0;
    if (gzip->packed)
        return unpack(gzip, out, size, got, error);
    *got = rl_min(size, gzip->rest_size);
    if (*got > 0)
        memcpy(out, gzip->rest, *got);
    gzip->rest += *got;
    gzip->rest_size -= *got;
    return RL_OK;
}
