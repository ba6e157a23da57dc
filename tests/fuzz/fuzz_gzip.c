/* Gzipped bytes: read in pieces of several sizes, which must not matter. The first byte of the
 * input chooses the size of the pieces. */
#include "fuzz.h"

#include "data/gzip.h"

#include <stdlib.h>
#include <string.h>

#define CONTENT_MAX ((size_t)1 << 20)
#define PIECE_MAX 4096

/* Unpacks into `out`; *total bytes came out before the end, the error or CONTENT_MAX. */
static rl_status unpack(const uint8_t *data, size_t size, size_t piece, uint8_t *out, size_t *total,
                        rl_error *error) {
    rl_gzip *gzip;
    *total = 0;
    rl_status status = rl_gzip_open(&gzip, data, size, "input", error);
    while (status == RL_OK && *total + piece <= CONTENT_MAX) {
        size_t got;
        status = rl_gzip_read(gzip, out + *total, piece, &got, error);
        *total += got;
        if (*total > rl_gzip_bound(gzip) || got > piece)
            abort();
        if (got < piece)
            break;
    }
    rl_gzip_free(gzip);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t whole[CONTENT_MAX], pieces[CONTENT_MAX];
    if (size == 0)
        return 0;
    const size_t piece = 1 + data[0] * (PIECE_MAX - 1) / 255;
    size_t whole_size, pieces_size;
    rl_error error = {.code = RL_OK}, piece_error = {.code = RL_OK};
    const rl_status status = unpack(data + 1, size - 1, CONTENT_MAX, whole, &whole_size, &error);
    const rl_status piece_status =
        unpack(data + 1, size - 1, piece, pieces, &pieces_size, &piece_error);
    if (status != error.code || piece_status != piece_error.code)
        abort();
    /* Of a content above the limit, the pieces may not have reached the end. */
    if (whole_size < CONTENT_MAX - PIECE_MAX &&
        (status != piece_status || whole_size != pieces_size ||
         memcmp(whole, pieces, whole_size) != 0 || strcmp(error.message, piece_error.message) != 0))
        abort();
    return 0;
}
