/* How passes over a batch read and write pixels, so that what surrounds a convolution can be fused
 * into it without its knowing: a source computes pixels as they are read, a sink goes on with
 * pixels as soon as they are written, while they are in the cache. Pixels of a batch are numbered
 * through, image by image, row by row. */
#ifndef RL_NN_PIXELS_H
#define RL_NN_PIXELS_H

#include <stdbool.h>
#include <stddef.h>

enum { RL_SINK_READS = 3 };

/* Pixels that are read soon: only a hint to the caches. */
typedef struct {
    const float *x; /* pixel 0, or NULL: none */
    size_t ld;
} rl_pixel_hint;

/* Pixels as they lie at x or, with `read`, as read(context, first, count, channel, channels, out)
 * computes channels [channel, channel + channels) of pixels [first, first + count) to
 * out[count][channels]. `read` runs in several threads at once, and may run several times for a
 * pixel; with `keep` only once, and for all channels. */
typedef struct {
    const float *x; /* with `read`, what it computes from: only a hint to the caches */
    size_t ld;      /* floats from pixel to pixel of x */
    void (*read)(const void *context, size_t first, size_t count, size_t channel, size_t channels,
                 float *out);
    const void *context;
    float *keep; /* with `read`: x, if what is computed shall take its place; else NULL */
    rl_pixel_hint also_read; /* what `read` reads besides */
} rl_pixel_source;

/* `written`, if there, is called once for every pixel and channel, when channels [channel, channel
 * + channels) of pixels [first, first + count) have been written. Calls come in several threads at
 * once. The cuts depend on the shape alone: ranges begin at multiples of the pass's chunk and end
 * at the next one, or at the last pixel. scratch: count * channels floats. */
typedef struct {
    float *y;
    size_t ld;
    bool accumulate; /* add to y */
    void (*written)(const void *context, size_t first, size_t count, size_t channel,
                    size_t channels, float *scratch);
    const void *context;
    rl_pixel_hint also_read[RL_SINK_READS]; /* what `written` reads besides */
} rl_pixel_sink;

/* `seen` is called once for every pixel that a pass reads, with its values at x: for what else is
 * done with them. Calls come in several threads at once, in ranges that depend on the shape alone.
 */
typedef struct {
    void (*seen)(const void *context, size_t first, size_t count, const float *x, size_t ldx);
    const void *context;
} rl_pixel_observer;

/* The first of some pixels of a source, in its memory or computed to `scratch`; *ld is set. Pixels
 * that are kept have no more channels than are asked for. */
static inline const float *rl_pixels_at(const rl_pixel_source *source, size_t first, size_t count,
                                        size_t channel, size_t channels, float *scratch,
                                        size_t *ld) {
    if (!source->read) {
        *ld = source->ld;
        return source->x + first * source->ld + channel;
    }
    *ld = channels;
    float *out = source->keep ? source->keep + first * source->ld : scratch;
    source->read(source->context, first, count, channel, channels, out);
    return out;
}

#endif
