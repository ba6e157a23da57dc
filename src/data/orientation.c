/* EXIF says where the first row and the first column of the stored pixels belong: at the top, the
 * left, ... of what is seen. So each orientation is three answers: is the first row a column, are
 * rows seen from below, columns from the right? */
#include "data/orientation.h"

#include <string.h>

enum { CHANNELS = 3 };

static const struct {
    bool transposed;              /* the first stored row is a column of what is seen */
    bool from_bottom, from_right; /* stored pixels begin there, not at the top or the left */
} orientations[] = {
    [1] = {false, false, false}, /* first row at the top, first column at the left */
    [2] = {false, false, true},  /* top, right */
    [3] = {false, true, true},   /* bottom, right */
    [4] = {false, true, false},  /* bottom, left */
    [5] = {true, false, false},  /* first row at the left, first column at the top */
    [6] = {true, false, true},   /* right, top */
    [7] = {true, true, true},    /* right, bottom */
    [8] = {true, true, false},   /* left, bottom */
};

bool rl_orientation_is_known(unsigned orientation) {
    return orientation >= 1 && orientation < sizeof orientations / sizeof *orientations;
}

bool rl_orientation_transposes(unsigned orientation) {
    return orientations[orientation].transposed;
}

void rl_orientation_apply(unsigned orientation, const uint8_t *rgb, size_t width, size_t height,
                          uint8_t *out) {
    const bool transposed = orientations[orientation].transposed;
    const size_t rows = transposed ? width : height, columns = transposed ? height : width;
    /* Stored pixels passed by in a step down and in a step to the right of what is seen. */
    const size_t down = transposed ? 1 : width, right = transposed ? width : 1;
    for (size_t y = 0; y < rows; y++) {
        const size_t from_y = orientations[orientation].from_bottom ? rows - 1 - y : y;
        for (size_t x = 0; x < columns; x++) {
            const size_t from_x = orientations[orientation].from_right ? columns - 1 - x : x;
            memcpy(out, rgb + (from_y * down + from_x * right) * CHANNELS, CHANNELS);
            out += CHANNELS;
        }
    }
}
