/* What a random mutant is; mutate.h says the rest. */
#include "mutate.h"

#include <string.h>

enum { CHANGES_MAX = 6, PIECE_MAX = 512 };

/* splitmix64 */
static uint64_t draw(uint64_t *state) {
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t below(uint64_t *state, size_t bound) {
    return bound > 0 ? (size_t)(draw(state) % bound) : 0;
}

/* Replaces `length` bytes at `at` by `count` bytes of `piece`; leaves the input when that has no
 * room. */
static size_t splice(uint8_t *data, size_t size, size_t room, size_t at, size_t length,
                     const uint8_t *piece, size_t count) {
    if (size - length + count > room)
        return size;
    memmove(data + at + count, data + at + length, size - at - length);
    if (count > 0)
        memcpy(data + at, piece, count);
    return size - length + count;
}

static const char *const edges[] = {
    "-1",
    "0",
    "1e999",
    "nan",
    "inf",
    "4294967296",
    "18446744073709551615",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\r\n",
    "\t",
    " ",
    "'",
    "#",
    "&a",
    "*a",
    "null",
    "true",
    "\xef\xbb\xbf",
    "\xff\xff\xff\xff",
    "\x7f\xff\xff\xff",
    "../",
    "%s",
};

static size_t change(uint8_t *data, size_t size, size_t room, uint64_t *state) {
    uint8_t piece[PIECE_MAX];
    const size_t at = below(state, size + 1);
    const size_t longest = size - at < PIECE_MAX ? size - at : PIECE_MAX;
    const size_t length =
        below(state, below(state, 4) ? (longest < 9 ? longest + 1 : 9) : longest + 1);
    switch (below(state, 8)) {
    case 0: /* a bit */
        if (at < size)
            data[at] ^= (uint8_t)(1u << below(state, 8));
        return size;
    case 1: /* a byte */
        if (at < size)
            data[at] = (uint8_t)draw(state);
        return size;
    case 2: /* a piece is gone */
        return splice(data, size, room, at, length, NULL, 0);
    case 3: /* a piece of elsewhere comes in */
        memcpy(piece, data + at, length);
        return splice(data, size, room, below(state, size + 1), 0, piece, length);
    case 4: /* random bytes */
        for (size_t i = 0; i < length; i++)
            piece[i] = (uint8_t)draw(state);
        return splice(data, size, room, at, length, piece, length);
    case 5: /* zeros, as after a power cut */
        memset(data + at, 0, length);
        return size;
    case 6: /* the end is gone */
        return below(state, 4) ? size : at;
    default: { /* something at the edge */
        const char *edge = edges[below(state, sizeof edges / sizeof *edges)];
        return splice(data, size, room, at, length < 4 ? length : 0, (const uint8_t *)edge,
                      strlen(edge));
    }
    }
}

size_t mutate(uint8_t *data, size_t size, size_t room, uint64_t seed, uint64_t index) {
    uint64_t state = seed * 0xd1342543de82ef95u + index;
    for (size_t left = 1 + below(&state, below(&state, 2) ? 2 : CHANGES_MAX); left > 0; left--)
        size = change(data, size, room, &state);
    return size;
}
