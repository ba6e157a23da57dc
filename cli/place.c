#include "place.h"

#include "print.h"

#include <stdlib.h>

/* What it is, and which commands take it: `before`, the path, `after`. */
static const struct {
    const char *name, *before, *after;
} rows[] = {
    [RL_PATH_FILE] = {"a file", NULL, NULL},
    [RL_PATH_FOLDER] = {"a folder without the config.yaml of a run or the study.yaml of a study",
                        NULL, NULL},
    [RL_PATH_RUN] = {"the folder of a run",
                     "; 'reslab compare' and 'reslab plot' show a run, and going on with it is "
                     "'reslab train --resume ",
                     "'"},
    [RL_PATH_STUDY] = {"the folder of a study",
                       "; 'reslab study status' and 'reslab report' show a study, 'reslab study "
                       "run' goes on with it, and its runs are in ",
                       "/runs"},
};

int place_expect(const char *path, unsigned kinds, const char *expected) {
    const rl_path_kind kind = rl_path_look(path);
    if (kind == RL_PATH_MISSING || kinds & PLACE(kind))
        return EXIT_SUCCESS;
    const char *before = rows[kind].before;
    print_error("%s: is %s, expected %s%s%s%s", path, rows[kind].name, expected,
                before ? before : "", before ? path : "", before ? rows[kind].after : "");
    return EXIT_FAILURE;
}

int place_expect_model(const char *path) {
    return place_expect(path, PLACE(RL_PATH_RUN) | PLACE(RL_PATH_FILE),
                        "the folder of a run or a model file");
}
