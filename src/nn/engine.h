/* What every operation of a network runs on: the kernel table, the threads, and scratch memory
 * allocated once. Work is cut into items by shape alone, never by the number of threads, and each
 * item writes only its own output; so results are the same bits for any number of threads. */
#ifndef RL_NN_ENGINE_H
#define RL_NN_ENGINE_H

#include "base/team.h"
#include "kernels/kernels.h"
#include "reslab.h"

typedef struct {
    const rl_kernels *kernels;
    rl_team *team;
    int threads; /* its members */
    size_t pointers_per_thread;
    const float **pointers; /* [threads][pointers_per_thread]: row tables of convolutions */
    size_t partial_floats;
    float *partials; /* partial weight gradients of fixed chunks, combined in fixed order */
    size_t sum_floats;
    float *sums; /* batch norm's sums over chunks, which sinks take while a pass uses `partials` */
    size_t packed_floats;
    float *packed; /* weights in panels, of the operation that is running */
    size_t zero_floats;
    float *zeros; /* a row of zeros: padding */
    size_t shared_floats;
    float *shared; /* transformed tiles that all threads read */
    size_t work_floats_per_thread;
    float *work; /* [threads][work_floats_per_thread]: what an item needs to itself */
} rl_engine;

/* Largest scratch any operation of a network asks for; operations raise it in turn. */
typedef struct {
    size_t pointers, partial_floats, sum_floats, packed_floats, zero_floats, shared_floats,
        work_floats;
} rl_engine_needs;

/* threads: as many as the system gives; 0: rl_threads_usable(0). Obeys RESLAB_ISA. */
rl_status rl_engine_create(rl_engine *engine, const rl_engine_needs *needs, int threads,
                           rl_error *error);
void rl_engine_clear(rl_engine *engine);

/* The kernel table that RESLAB_ISA or the CPU picks; NULL with an error for an unknown name. */
const rl_kernels *rl_engine_kernels(rl_error *error);

/* The thread's own `work_floats`. */
float *rl_engine_work(const rl_engine *engine, int thread);

/* Runs task(context, item, thread) for every item < count, thread < engine->threads. */
void rl_engine_run(const rl_engine *engine, size_t count, rl_task *task, const void *context);

/* y[i] = sum over parts of partials[part * stride + i], in order. */
void rl_engine_reduce(const rl_engine *engine, size_t parts, size_t stride, size_t count, float *y);

#endif
