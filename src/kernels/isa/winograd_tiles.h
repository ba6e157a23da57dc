/* What both Winograd schemes do with the tiles of a strip on the output's side: 4x4 pixels from the
 * points of rows and columns, and the adjoint. `points`: 6 with stride 1, 5 with stride 2; also the
 * number of positions from one row of points to the next. */
#ifndef RL_KERNELS_ISA_WINOGRAD_TILES_H
#define RL_KERNELS_ISA_WINOGRAD_TILES_H

#include "kernels/isa/winograd_points.h"
#include "kernels/kernels.h"

enum { MOST_POINTS = 6 };

RL_INLINE void outputs(const size_t points, const vec *m, vec out[4]) {
    if (points == 6)
        outputs_6(m, out);
    else if (points == 5)
        outputs_5(m, out);
    else
        outputs_4(m, out);
}

RL_INLINE void output_gradients(const size_t points, const vec y[4], vec *out) {
    if (points == 6)
        output_gradients_6(y, out);
    else
        output_gradients_5(y, out);
}

/* A tile from the first `rows` x `columns` of points x points; pixels lie row_step and column_step
 * apart, which is two for the phases of a data gradient. */
RL_INLINE void output_tile(const size_t points, const size_t rows, const size_t columns,
                           const float *m, size_t position_stride, float *y, size_t row_step,
                           size_t column_step, const bool accumulate, size_t count) {
    vec half[4][MOST_POINTS]; /* [row of the tile][point of the columns] */
    RL_UNROLL
    for (size_t j = 0; j < columns; j++) {
        vec d[MOST_POINTS], out[4];
        RL_UNROLL
        for (size_t i = 0; i < rows; i++)
            d[i] = vec_get(m + (points * i + j) * position_stride, count);
        outputs(rows, d, out);
        RL_UNROLL
        for (size_t i = 0; i < 4; i++)
            half[i][j] = out[i];
    }
    RL_UNROLL
    for (size_t i = 0; i < 4; i++) {
        vec out[4];
        outputs(columns, half[i], out);
        RL_UNROLL
        for (size_t j = 0; j < 4; j++) {
            float *pixel = y + i * row_step + j * column_step;
            vec_put(pixel, accumulate ? vec_get(pixel, count) + out[j] : out[j], count);
        }
    }
}

RL_INLINE void output_strip(const size_t points, const rl_winograd_strip *s, const float *m,
                            float *y, size_t ldy, const bool accumulate, size_t count) {
    for (size_t tile = 0; tile < s->tiles; tile++)
        output_tile(points, points, points, m + tile * s->tile_stride, s->position_stride,
                    y + 4 * tile * ldy, 4 * s->tiles * ldy, ldy, accumulate, count);
}

/* A dy A^T of every tile. */
RL_INLINE void output_gradient_strip(const size_t points, const rl_winograd_strip *s,
                                     const float *dy, size_t ldy, float *m, size_t count) {
    const size_t row = 4 * s->tiles * ldy;
    for (size_t tile = 0; tile < s->tiles; tile++, m += s->tile_stride) {
        vec half[MOST_POINTS][4]; /* [point of the rows][column of the tile] */
        RL_UNROLL
        for (size_t j = 0; j < 4; j++) {
            const float *p = dy + (4 * tile + j) * ldy;
            const vec d[4] = {vec_get(p, count), vec_get(p + row, count),
                              vec_get(p + 2 * row, count), vec_get(p + 3 * row, count)};
            vec out[MOST_POINTS];
            output_gradients(points, d, out);
            RL_UNROLL
            for (size_t i = 0; i < points; i++)
                half[i][j] = out[i];
        }
        RL_UNROLL
        for (size_t i = 0; i < points; i++) {
            vec out[MOST_POINTS];
            output_gradients(points, half[i], out);
            RL_UNROLL
            for (size_t j = 0; j < points; j++)
                vec_put(m + (points * i + j) * s->position_stride, out[j], count);
        }
    }
}

#endif
