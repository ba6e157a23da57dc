#include "nn/engine.h"

#include "base/cores.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

const rl_kernels *rl_engine_kernels(rl_error *error) {
    const char *isa = getenv("RESLAB_ISA");
    if (isa && isa[0] == '\0')
        isa = NULL;
    const rl_kernels *kernels = rl_kernels_select(isa);
    if (!kernels) {
        const char *known[16];
        size_t count = 0;
        for (; count < 16 && rl_kernels_at(count); count++)
            known[count] = rl_kernels_at(count)->name;
        rl_fail(error, RL_ERROR_ARGUMENT,
                "RESLAB_ISA: instruction set '%s' is not available here, expected one up to '%s'",
                isa ? isa : "", count ? known[count - 1] : "base");
    }
    return kernels;
}

rl_status rl_engine_create(rl_engine *engine, const rl_engine_needs *needs, int threads,
                           rl_error *error) {
    *engine = (rl_engine){.kernels = rl_engine_kernels(error)};
    if (!engine->kernels)
        return RL_ERROR_ARGUMENT;
    const rl_status status =
        rl_team_create(&engine->team, threads > 0 ? threads : rl_threads_usable(0), error);
    if (status != RL_OK)
        return status;
    engine->threads = rl_team_members(engine->team);
    engine->pointers_per_thread = rl_round_up(needs->pointers, 64);
    engine->partial_floats = needs->partial_floats;
    engine->sum_floats = needs->sum_floats;
    engine->packed_floats = needs->packed_floats;
    engine->zero_floats = needs->zero_floats;
    engine->shared_floats = needs->shared_floats;
    engine->work_floats_per_thread = rl_round_up(needs->work_floats, 64);
    size_t pointers, work;
    if (!rl_multiply((size_t)engine->threads, engine->pointers_per_thread, &pointers) ||
        !rl_multiply((size_t)engine->threads, engine->work_floats_per_thread, &work)) {
        rl_engine_clear(engine);
        return rl_fail_memory(error, "scratch of the network");
    }
    engine->pointers = rl_alloc(pointers, sizeof *engine->pointers);
    engine->partials = rl_alloc_floats(needs->partial_floats);
    engine->sums = rl_alloc_floats(needs->sum_floats);
    engine->packed = rl_alloc_floats(needs->packed_floats);
    engine->zeros = rl_alloc_floats(needs->zero_floats);
    engine->shared = rl_alloc_floats(needs->shared_floats);
    engine->work = rl_alloc_floats(work);
    if (!engine->pointers || !engine->partials || !engine->sums || !engine->packed ||
        !engine->zeros || !engine->shared || !engine->work) {
        rl_engine_clear(engine);
        return rl_fail_memory(error, "scratch of the network");
    }
    return RL_OK;
}

void rl_engine_clear(rl_engine *engine) {
    rl_team_free(engine->team);
    rl_free(engine->pointers);
    rl_free(engine->partials);
    rl_free(engine->sums);
    rl_free(engine->packed);
    rl_free(engine->zeros);
    rl_free(engine->shared);
    rl_free(engine->work);
    *engine = (rl_engine){0};
}

float *rl_engine_work(const rl_engine *engine, int thread) {
    return engine->work + (size_t)thread * engine->work_floats_per_thread;
}

void rl_engine_run(const rl_engine *engine, size_t count, rl_task *task, const void *context) {
    rl_team_run(engine->team, count, task, context);
}

enum { REDUCE_FLOATS = 4096 };

typedef struct {
    const rl_engine *engine;
    size_t parts, stride, count;
    float *y;
} reduction;

static void reduce_item(const void *context, size_t item, int thread) {
    (void)thread;
    const reduction *r = context;
    const size_t begin = item * REDUCE_FLOATS;
    const size_t count = rl_min(REDUCE_FLOATS, r->count - begin);
    memcpy(r->y + begin, r->engine->partials + begin, count * sizeof(float));
    for (size_t part = 1; part < r->parts; part++)
        r->engine->kernels->add(count, r->engine->partials + part * r->stride + begin,
                                r->y + begin);
}

void rl_engine_reduce(const rl_engine *engine, size_t parts, size_t stride, size_t count,
                      float *y) {
    const reduction r = {engine, parts, stride, count, y};
    rl_engine_run(engine, rl_divide_up(count, REDUCE_FLOATS), reduce_item, &r);
}
