#include "run_list.h"

#include "place.h"
#include "print.h"
#include "study.h"

#include <stdlib.h>

static int append(run_list *runs, rl_run_record *record) {
    if (runs->count == runs->room) {
        const size_t room = runs->room ? 2 * runs->room : 16;
        rl_run_record **records = reallocarray(runs->records, room, sizeof *records);
        if (!records) {
            rl_run_record_free(record);
            return fail_memory();
        }
        runs->records = records;
        runs->room = room;
    }
    runs->records[runs->count++] = record;
    return 0;
}

/* `alone`: the only operand; its error is the command's. */
static int add_run(run_list *runs, const char *path, bool alone) {
    rl_error error;
    rl_run_record *record;
    if (rl_run_record_read(&record, path, &error) == RL_OK)
        return append(runs, record);
    const int code = fail(&error);
    if (alone || error.code == RL_ERROR_MEMORY)
        return code;
    runs->code = code;
    return 0;
}

/* Its runs in their order, as far as they are there. */
static int add_study(run_list *runs, const char *folder) {
    char path[STUDY_PATH_SIZE + 16];
    rl_error error;
    rl_study *study;
    const rl_study_run *run;
    const size_t before = runs->count;
    runs->of_study = true;
    snprintf(path, sizeof path, "%s/study.yaml", folder);
    if (rl_study_open(&study, path, &error) != RL_OK)
        return runs->code = fail(&error);
    int code = 0;
    for (size_t i = 0; code == 0 && (run = rl_study_run_at(study, i)); i++) {
        study_run_folder(path, folder, run);
        if (rl_path_look(path) == RL_PATH_RUN)
            code = add_run(runs, path, false);
    }
    if (code == 0 && runs->count == before)
        print_warning("%s: is the folder of a study of which no run is begun; left out", folder);
    rl_study_free(study);
    return code;
}

static int add(run_list *runs, const char *path, bool alone) {
    const rl_path_kind kind = rl_path_look(path);
    if (kind == RL_PATH_STUDY)
        return add_study(runs, path);
    if (kind == RL_PATH_RUN || kind == RL_PATH_MISSING)
        return add_run(runs, path, alone || kind == RL_PATH_MISSING);
    if (alone)
        return place_expect(path, PLACE(RL_PATH_RUN), "the folder of a run");
    print_warning("%s: is %s, not the folder of a run; left out", path,
                  kind == RL_PATH_FILE ? "a file" : "another folder");
    return 0;
}

int run_list_read(const cli_arguments *arguments, run_list *runs) {
    const size_t count = arguments_operand_count(arguments);
    int code = 0;
    *runs = (run_list){0};
    for (size_t i = 0; code == 0 && i < count; i++)
        code = add(runs, arguments_operand(arguments, i), count == 1);
    if (code != 0 || runs->count > 0)
        return code;
    if (runs->code == 0)
        print_error("none of these is the folder of a run");
    return EXIT_FAILURE;
}

void run_list_free(run_list *runs) {
    for (size_t i = 0; i < runs->count; i++)
        rl_run_record_free(runs->records[i]);
    free(runs->records);
}
