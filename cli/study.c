/* Opens studies for the commands on them. */
#include "study.h"

#include "place.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

bool study_takes(const rl_option *option) {
    return strcmp(option->name, "seed") != 0 && strcmp(option->name, "out") != 0 &&
           strcmp(option->name, "tuning") != 0;
}

int study_open(const cli_arguments *arguments, rl_study **study) {
    rl_error error;
    const char *path = arguments_operand(arguments, 0);
    *study = NULL;
    if (place_expect(path, PLACE(RL_PATH_FILE), "the file of a study") != EXIT_SUCCESS)
        return EXIT_FAILURE;
    const char **overrides = arguments_pairs(arguments);
    if (!overrides)
        return fail_memory();
    const rl_status status = rl_study_open_with(study, path, overrides, &error);
    free(overrides);
    return status == RL_OK ? EXIT_SUCCESS : fail(&error);
}

/* Letters and digits in small, everything else a '-', none of them doubled or at an end. */
static void make_slug(char *slug, size_t size, const char *name) {
    size_t length = 0;
    for (; *name && length + 1 < size; name++) {
        const char letter = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (plain)
            slug[length++] = letter;
        else if (length > 0 && slug[length - 1] != '-')
            slug[length++] = '-';
    }
    while (length > 0 && slug[length - 1] == '-')
        length--;
    slug[length] = '\0';
}

int study_folder(const cli_arguments *arguments, const rl_study *study,
                 char folder[STUDY_PATH_SIZE]) {
    const char *out = arguments_flag(arguments, "out");
    char slug[200];
    if (out && !out[0])
        return usage_error("option '--out' is empty; expected a folder");
    if (out && strlen(out) >= STUDY_PATH_SIZE)
        return usage_error("option '--out' is a path of %zu bytes; expected at most %d",
                           strlen(out), STUDY_PATH_SIZE - 1);
    make_slug(slug, sizeof slug, rl_study_name(study));
    if (out)
        snprintf(folder, STUDY_PATH_SIZE, "%s", out);
    else
        snprintf(folder, STUDY_PATH_SIZE, "runs/%s", slug[0] ? slug : "study");
    return EXIT_SUCCESS;
}

void study_run_folder(char path[STUDY_PATH_SIZE], const char *folder, const rl_study_run *run) {
    const int length = snprintf(path, STUDY_PATH_SIZE, "%s/runs/%s", folder, run->name);
    if (length >= STUDY_PATH_SIZE)
        path[STUDY_PATH_SIZE - 1] = '\0';
}
