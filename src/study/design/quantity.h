/* What is measured of runs and compared between arms, as a table: quantities.def. Here is what a
 * study's file needs of it; study/numbers measures. */
#ifndef RL_STUDY_DESIGN_QUANTITY_H
#define RL_STUDY_DESIGN_QUANTITY_H

#include "reslab.h"

typedef enum {
#define QUANTITY(name, key, better, unit, compared, by_epoch, grain, needs, take)                  \
    RL_QUANTITY_##name,
#include "study/design/quantities.def"
#undef QUANTITY
    RL_QUANTITY_COUNT
} rl_quantity_kind;

typedef enum {
    RL_UNIT_SHARE, /* 0..1; files and people say percent, and points for differences */
    RL_UNIT_NATS,  /* of a cross-entropy */
    RL_UNIT_EPOCHS,
    RL_UNIT_SECONDS,
    RL_UNIT_RATE /* a second */
} rl_unit;

typedef enum {
    RL_GRAIN_NONE,
    RL_GRAIN_IMAGE, /* 1 / test images */
    RL_GRAIN_EPOCH  /* 1 */
} rl_grain;

typedef enum {
    RL_NEEDS_NOTHING,
    RL_NEEDS_SAME_IMAGES, /* the same training images, altered in the same ways */
    RL_NEEDS_TARGET       /* a target, which the group declares */
} rl_needs;

typedef struct {
    const char *key; /* as files write it: "test_accuracy" */
    int better;      /* 1: more is better; -1: less; 0: neither */
    rl_unit unit;
    bool compared; /* between all pairs of arms, and a claim may be about it */
    bool by_epoch; /* has a value after each epoch */
    rl_grain grain;
    rl_needs needs;
} rl_quantity;

/* The row of a quantity; NULL past the last. */
const rl_quantity *rl_quantity_at(size_t kind);

/* The quantity that a claim may be about by its key. RL_ERROR_ARGUMENT with the valid ones. */
rl_status rl_quantity_find(rl_quantity_kind *kind, const char *key, rl_error *error);

#endif
