/* Where the time of a network goes: timed steps, layer by layer and pass by pass. Part of the
 * public interface; reslab.h includes it, with the conventions stated there. */
#ifndef RESLAB_BENCH_H
#define RESLAB_BENCH_H

#include "reslab.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    RL_BENCH_TRAIN, /* training steps: forward, loss, backward, check of the gradients, update */
    RL_BENCH_INFER, /* forward passes with running statistics, of a network made for nothing else */
    RL_BENCH_KERNELS /* RL_BENCH_TRAIN, with layers reduced to the shapes of convolutions */
} rl_bench_kind;

/* A pass of a layer in every step. Operations are those of the direct algorithm, two for each
 * multiply-add, whichever algorithm ran: "direct-equivalent". */
typedef struct {
    char name[80];    /* PyTorch's name of the module: "layer1.0.conv1" */
    char type[32];    /* as in rl_layer: "conv 3x3", "batch norm", ... */
    char module[80];  /* the convolution that the layer belongs to, by its name in the network
                         without Ghost Modules: of all that makes up a Ghost Module and of the
                         batch norm behind it, "layer1.0.conv1" */
    const char *pass; /* "forward", "norm forward", "norm backward", "weight gradient" or "data
                         gradient"; "gradients" for both of the linear layer and of depthwise
                         convolutions. Norm passes are what batch norm, residual and activation take
                         as passes of their own */
    size_t inputs;    /* channels of the input */
    size_t channels, height, width; /* of the output */
    uint64_t macs;                  /* multiply-adds an image in this pass; 0 in norm passes */
    size_t layers;        /* 1; with RL_BENCH_KERNELS: layers of this shape, `name` the first */
    double ms;            /* milliseconds a step: median over the steps, mean over `layers` */
    double gflops;        /* 1e9 operations a second; NaN where there are none or no time */
    double share_of_peak; /* of peak_gflops, 1 is all of it; NaN likewise */
} rl_bench_layer;

/* What a step spends on one kind of work, over all layers. */
typedef struct {
    const char *name; /* a pass; "loss", "optimizer" (with the check that gradients are finite), or
                         "rest": the step's time outside of all others */
    double ms;        /* median over the steps */
    double share;     /* of the sum of the parts, 0..1 */
} rl_bench_part;

typedef struct {
    rl_bench_kind kind;
    const char *model;           /* "resnet18", ... */
    const char *instruction_set; /* of the kernels: "avx2", ... */
    char cpu[128];               /* the system's name for it */
    int threads;
    size_t batch_size, steps; /* images a step; timed steps */
    uint64_t macs;            /* multiply-adds an image, of one forward pass */
    double ms_per_step;       /* median */
    double images_per_second; /* batch_size / ms_per_step * 1000 */
    /* Operations of a step a second: two for each of `macs` and image forward, in training three
     * times as many (PyTorch's count; the first layer's data gradient, which no one computes, is
     * counted with the others). */
    double gflops;
    double peak_gflops;         /* measured: multiply-adds in registers, same threads and kernels */
    uint64_t peak_memory_bytes; /* that the process has held at most, at the end of the steps */
    rl_bench_layer *layers;     /* in order of execution, forward passes of a layer first */
    size_t layer_count;
    rl_bench_part *parts;
    size_t part_count;
} rl_bench;

/* Times the model that `config` describes (options of group Model but `init`; batch-size, threads,
 * seed; in training the optimizer's options and lr) on random images of 10 classes: one step to
 * warm up, then `steps` timed ones that allocate nothing (0: as many as 640 images make, 5 to 100);
 * then half a second for the peak. RL_ERROR_ARGUMENT for settings that exclude each other and more
 * than 10000 steps. Release with rl_bench_free. */
RL_API rl_status rl_bench_run(rl_bench **bench, const rl_config *config, rl_bench_kind kind,
                              size_t steps, rl_error *error);
RL_API void rl_bench_free(rl_bench *bench);

/* The model without Ghost Modules of the same depth: "resnet18" for "resnet18-ghost". NULL where
 * `model` has none in it or is unknown. */
RL_API const char *rl_bench_plain_model(const char *model);

/* A convolution of the plain network beside the Ghost Module in its place: multiply-adds an image
 * of the forward pass, and milliseconds of a step with all passes, batch norms included. */
typedef struct {
    char name[80]; /* "layer1.0.conv1" */
    uint64_t plain_macs, ghost_macs;
    double plain_ms, ghost_ms;
    double plain_norm_ms, ghost_norm_ms; /* of these, in norm passes */
    double ghost_cheap_ms;               /* in the cheap depthwise convolution; the rest is the
                                            primary one's */
} rl_bench_pair;

typedef struct {
    rl_bench_pair *pairs; /* in order of execution */
    size_t count;
    rl_bench_pair total; /* over the pairs; without name */
} rl_bench_comparison;

/* Explains the speed of a Ghost network: what each of its modules saves in operations and in time.
 * Both must be of one kind, not RL_BENCH_KERNELS; RL_ERROR_MISMATCH where `plain` lacks a
 * convolution that `ghost` has a module for, or `ghost` has no Ghost Module. Keeps nothing of
 * either. Release with rl_bench_comparison_free. */
RL_API rl_status rl_bench_compare(rl_bench_comparison **comparison, const rl_bench *plain,
                                  const rl_bench *ghost, rl_error *error);
RL_API void rl_bench_comparison_free(rl_bench_comparison *comparison);

#ifdef __cplusplus
}
#endif

#endif
