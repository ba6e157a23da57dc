/* Winograd's convolution for 3x3 filters of stride 2, padding 1. The rows of the input fall into
 * even ones, which meet one tap, and odd ones, which meet two; columns likewise. So the convolution
 * is a sum of four of stride 1, one for each class of pixels ("phase"), with 1x1, 1x2, 2x2 and 2x1
 * taps, and these add up in the domain of F(4x4, 2x2): 81 multiplications for a 4x4 output tile
 * instead of 144. A phase with one tap in a direction has no point at infinity there, so a position
 * knows only some phases, which is why phases are ordered as they are. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/winograd_tiles.h"

enum { POINTS = 5, FINITE = 4 };

/* [odd row][odd column]: phases (even, even), (even, odd), (odd, odd), (odd, even). */
static const size_t phase_of[2][2] = {{0, 1}, {3, 2}};

/* A column of the window: even rows' points, then odd rows'. p: its pixel in the tile's first row.
 */
RL_INLINE void input_column(const float *p, size_t row, bool above, size_t count,
                            vec out[FINITE + POINTS]) {
    const vec even[FINITE] = {vec_get(p, count), vec_get(p + 2 * row, count),
                              vec_get(p + 4 * row, count), vec_get(p + 6 * row, count)};
    const vec odd[POINTS] = {above ? vec_get(p - row, count) : vec_all(0), vec_get(p + row, count),
                             vec_get(p + 3 * row, count), vec_get(p + 5 * row, count),
                             vec_get(p + 7 * row, count)};
    inputs_4(even, out);
    inputs_5(odd, out + FINITE);
}

/* The points of one row of points, over the columns -1 ... 7 of the window. */
RL_INLINE void input_row(const rl_winograd_strip *s, vec column[9][FINITE + POINTS], size_t index,
                         size_t C, float *v, size_t count) {
    const bool odd_row = index >= FINITE;
    const size_t i = odd_row ? index - FINITE : index;
    const vec even[FINITE] = {column[1][index], column[3][index], column[5][index],
                              column[7][index]};
    const vec odd[POINTS] = {column[0][index], column[2][index], column[4][index], column[6][index],
                             column[8][index]};
    vec out[POINTS];
    float *to = v + POINTS * i * s->position_stride;
    inputs_4(even, out);
    RL_UNROLL
    for (size_t j = 0; j < FINITE; j++)
        vec_put(to + j * s->position_stride + phase_of[odd_row][0] * C, out[j], count);
    inputs_5(odd, out);
    RL_UNROLL
    for (size_t j = 0; j < POINTS; j++)
        vec_put(to + j * s->position_stride + phase_of[odd_row][1] * C, out[j], count);
}

RL_INLINE void input_strip(const rl_winograd_strip *s, size_t C, const float *x, size_t ldx,
                           float *v, size_t count) {
    const size_t row = 8 * s->tiles * ldx;
    vec column[9][FINITE + POINTS]; /* [column of the window][points of the rows] */
    RL_UNROLL
    for (size_t i = 0; i < FINITE + POINTS; i++)
        column[0][i] = vec_all(0);
    for (size_t tile = 0; tile < s->tiles; tile++, v += s->tile_stride) {
        for (size_t j = 1; j < 9; j++)
            input_column(x + (8 * tile + j - 1) * ldx, row, s->above, count, column[j]);
        RL_UNROLL
        for (size_t i = 0; i < FINITE + POINTS; i++)
            input_row(s, column, i, C, v, count);
        for (size_t i = 0; i < FINITE + POINTS; i++)
            column[0][i] = column[8][i];
    }
}

void RL_SYMBOL(winograd_stride2_input)(const rl_winograd_strip *s, size_t C, const float *x,
                                       size_t ldx, float *v) {
    RL_EACH_CHANNELS(C, input_strip(s, C, x + c, ldx, v + c, count));
}

void RL_SYMBOL(winograd_stride2_output)(const rl_winograd_strip *s, size_t K, const float *m,
                                        float *y, size_t ldy, bool accumulate) {
    RL_EACH_CHANNELS(K, output_strip(POINTS, s, m + c, y + c, ldy, accumulate, count));
}

/* The window of dy behind a tile of 8x8 pixels of dx: 5x5, of which the last row and column belong
 * to the next tile. */
RL_INLINE void gradient_input_strip(const rl_winograd_strip *s, const float *dy, size_t ldy,
                                    float *v, size_t count) {
    const size_t width = 4 * s->tiles, row = width * ldy;
    for (size_t tile = 0; tile < s->tiles; tile++, v += s->tile_stride) {
        vec column[POINTS][POINTS]; /* [column of the window][point of the rows] */
        RL_UNROLL
        for (size_t j = 0; j < POINTS; j++) {
            const bool inside = j < 4 || tile + 1 < s->tiles;
            const float *p = dy + (4 * tile + j) * ldy;
            vec d[POINTS];
            RL_UNROLL
            for (size_t i = 0; i < POINTS; i++)
                d[i] = inside && (i < 4 || s->below) ? vec_get(p + i * row, count) : vec_all(0);
            inputs_5(d, column[j]);
        }
        RL_UNROLL
        for (size_t i = 0; i < POINTS; i++) {
            vec d[POINTS], out[POINTS];
            RL_UNROLL
            for (size_t j = 0; j < POINTS; j++)
                d[j] = column[j][i];
            inputs_5(d, out);
            RL_UNROLL
            for (size_t j = 0; j < POINTS; j++)
                vec_put(v + (POINTS * i + j) * s->position_stride, out[j], count);
        }
    }
}

void RL_SYMBOL(winograd_stride2_gradient_input)(const rl_winograd_strip *s, size_t K,
                                                const float *dy, size_t ldy, float *v) {
    RL_EACH_CHANNELS(K, gradient_input_strip(s, dy + c, ldy, v + c, count));
}

/* An even row of dx has one tap, an odd one two: the phases of the input again. */
RL_INLINE void gradient_output_strip(const rl_winograd_strip *s, size_t C, const float *m,
                                     float *dx, size_t ldx, bool accumulate, size_t count) {
    const size_t row = 8 * s->tiles * ldx;
    for (size_t tile = 0; tile < s->tiles; tile++, m += s->tile_stride) {
        float *x = dx + 8 * tile * ldx;
        RL_UNROLL
        for (size_t i = 0; i < 2; i++) {
            RL_UNROLL
            for (size_t j = 0; j < 2; j++)
                output_tile(POINTS, FINITE + i, FINITE + j, m + phase_of[i][j] * C,
                            s->position_stride, x + i * row + j * ldx, 2 * row, 2 * ldx, accumulate,
                            count);
        }
    }
}

void RL_SYMBOL(winograd_stride2_gradient_output)(const rl_winograd_strip *s, size_t C,
                                                 const float *m, float *dx, size_t ldx,
                                                 bool accumulate) {
    RL_EACH_CHANNELS(C, gradient_output_strip(s, C, m + c, dx + c, ldx, accumulate, count));
}

void RL_SYMBOL(winograd_stride2_output_gradient)(const rl_winograd_strip *s, size_t K,
                                                 const float *dy, size_t ldy, float *m) {
    RL_EACH_CHANNELS(K, output_gradient_strip(POINTS, s, dy + c, ldy, m + c, count));
}
