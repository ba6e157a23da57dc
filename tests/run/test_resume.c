/* Going on with runs whose folder is not as it was left: what was edited or damaged is refused and
 * left alone, what is lost and can be made again is made, and what never began begins. */
#include "kernels/kernels.h"
#include "nn/engine.h"
#include "run/run_directory.h"
#include "run/runs.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[TEST_PATH], whole[TEST_PATH], part[TEST_PATH], run[TEST_PATH];
static char noticed[4096];

/* Stands before the library's. */
static const char *version = RL_VERSION;

const char *rl_version(void) {
    return version;
}

static void take_notice(const char *message, void *context) {
    (void)context;
    const size_t used = strlen(noticed);
    snprintf(noticed + used, sizeof noticed - used, "%s\n", message);
}

static bool stop_at_seven(const rl_progress *progress, void *context) {
    (void)context;
    return progress->event != RL_EVENT_STEP || progress->total_step != 7;
}

static void train(const char *out, rl_progress_function *progress, rl_status expected) {
    rl_config *config = tiny_config(out);
    assert_int_equal(rl_train(config, shapes(), progress, NULL, NULL, NULL), expected);
    rl_config_free(config);
}

static int make_runs(void **state) {
    (void)state;
    make_scratch(folder);
    train(in_folder(whole, folder, "whole"), NULL, RL_OK);
    train(in_folder(part, folder, "part"), stop_at_seven, RL_STOPPED);
    in_folder(run, folder, "run");
    rl_set_notice_function(take_notice, NULL);
    return 0;
}

static int remove_runs(void **state) {
    (void)state;
    rl_set_notice_function(NULL, NULL);
    remove_scratch(folder);
    return 0;
}

/* A fresh copy of a run, to be spoilt. */
static void copy(const char *from) {
    char command[3 * TEST_PATH + 64];
    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", run, from, run);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths made by mkdtemp */
    noticed[0] = '\0';
}

static const char *file_of_run(char path[TEST_PATH], const char *name) {
    return in_folder(path, run, name);
}

static rl_status resume(rl_error *error) {
    return rl_resume(run, shapes(), 1, NULL, NULL, NULL, error);
}

static void expect_resumed(void) {
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    rl_error error;
    char x[TEST_PATH], y[TEST_PATH];
    if (resume(&error) != RL_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_file(file_of_run(x, files[i]), in_folder(y, whole, files[i]));
}

/* Refused before data are opened, too, and nothing of the checkpoint is touched. */
static void expect_refused(rl_status code, const char *part_of_message) {
    rl_error error, beforehand;
    char path[TEST_PATH];
    struct stat before, after;
    const bool is_there = stat(file_of_run(path, "checkpoint.safetensors"), &before) == 0;
    assert_int_equal(rl_resume_check(run, &beforehand), code);
    assert_int_equal(resume(&error), code);
    assert_string_equal(error.message, beforehand.message);
    if (!strstr(error.message, part_of_message))
        fail_msg("'%s' does not say '%s'", error.message, part_of_message);
    assert_int_equal(stat(path, &after) == 0, is_there);
    assert_true(!is_there || before.st_ino == after.st_ino);
}

/* Another value of an option, as text. */
static const char *other_value(const rl_option *option, const char *value, char buffer[64]) {
    if (option->type == RL_OPTION_BOOL)
        return strcmp(value, "true") == 0 ? "false" : "true";
    if (option->type == RL_OPTION_CHOICE)
        return option->choices[strcmp(option->choices[0], value) == 0];
    if (option->type == RL_OPTION_TEXT)
        return "other";
    const double number = strtod(value, NULL);
    snprintf(buffer, 64, "%.15g", number == option->minimum ? option->maximum : option->minimum);
    return buffer;
}

static void edited_settings(void **state) {
    (void)state;
    const rl_option *option;
    size_t refused = 0, taken = 0;
    for (size_t i = 0; (option = rl_option_at(i)); i++) {
        char path[TEST_PATH], buffer[64], begun[128], expected[256];
        rl_config *config;
        copy(part);
        assert_int_equal(rl_run_config(&config, run, NULL), RL_OK);
        snprintf(begun, sizeof begun, "%s", rl_config_get(config, option->name));
        const char *value = other_value(option, begun, buffer);
        set(config, option->name, value);
        snprintf(expected, sizeof expected, "config.yaml: option '%s' is '", option->name);
        /* A recipe sets others; only its name is to change. */
        if (strcmp(option->name, "recipe") != 0 &&
            rl_config_save(config, file_of_run(path, "config.yaml"), NULL) == RL_OK) {
            rl_error error;
            const rl_status status = rl_resume_check(run, &error);
            if (option->role == RL_ROLE_RESULT) {
                assert_int_equal(status, RL_ERROR_MISMATCH);
                assert_non_null(strstr(error.message, expected));
                assert_non_null(strstr(error.message, begun));
                assert_non_null(strstr(error.message, value));
                refused++;
            } else if (status != RL_OK) {
                fail_msg("%s", error.message);
            } else {
                taken++;
            }
        }
        rl_config_free(config);
    }
    assert_true(refused > 35 && taken >= 4);
    copy(part);
    expect_resumed();
    assert_string_equal(noticed, "");
}

static void damaged_checkpoints(void **state) {
    (void)state;
    char path[TEST_PATH];
    uint8_t *bytes;
    size_t size;
    copy(part);
    assert_int_equal(
        rl_file_read(file_of_run(path, "checkpoint.safetensors"), 1U << 26, &bytes, &size, NULL),
        RL_OK);
    uint64_t random = 7;
    for (size_t i = 0; i < 400; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        /* Half of them in the first part, where the metadata are. */
        const size_t bit = (size_t)(random >> 20) % (8 * (i % 2 ? size : 2500));
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        fseek(file, (long)(bit / 8), SEEK_SET);
        fputc(bytes[bit / 8] ^ (1 << bit % 8), file);
        fclose(file);
        if (rl_resume_check(run, NULL) == RL_OK)
            fail_msg("bit %zu of byte %zu went unnoticed", bit % 8, bit / 8);
        file = fopen(path, "r+b");
        fseek(file, (long)(bit / 8), SEEK_SET);
        fputc(bytes[bit / 8], file);
        fclose(file);
    }
    assert_string_equal(noticed, "");
    expect_resumed();
    rl_free(bytes);
}

static void lost_files_of_a_finished_run(void **state) {
    (void)state;
    static const struct {
        const char *name, *notice;
    } mended[] = {{"model.safetensors", "was missing, and is written anew"},
                  {"environment.json", "was missing, and is made anew"},
                  {"summary.json", ""},
                  {"clock.json", "cannot be read"}};
    char path[TEST_PATH];
    for (size_t i = 0; i < sizeof mended / sizeof *mended; i++) {
        copy(whole);
        assert_int_equal(unlink(file_of_run(path, mended[i].name)), 0);
        expect_resumed();
        assert_non_null(strstr(noticed, mended[i].notice));
        assert_true(rl_file_exists(path) || strcmp(mended[i].name, "clock.json") == 0);
    }
    copy(whole); /* damaged rather than lost */
    assert_int_equal(truncate(file_of_run(path, "model.safetensors"), 5000), 0);
    expect_resumed();
    assert_non_null(strstr(noticed, "was damaged, and is written anew"));
    static const char *const tables[] = {"metrics.csv", "steps.csv"};
    for (size_t i = 0; i < 2; i++) { /* these nothing else knows */
        copy(whole);
        assert_int_equal(unlink(file_of_run(path, tables[i])), 0);
        expect_refused(RL_ERROR_FORMAT, "is missing; nothing was changed");
    }
    copy(whole);
    assert_int_equal(unlink(file_of_run(path, "checkpoint.safetensors")), 0);
    expect_refused(RL_ERROR_IO, "checkpoint.safetensors is gone");
    assert_true(rl_file_exists(file_of_run(path, "model.safetensors")));
}

/* A named pipe in the place of any file: nothing waits for it. */
static void pipes_are_not_waited_for(void **state) {
    (void)state;
    static const char *const names[] = {"config.yaml", "metrics.csv",
                                        "steps.csv",   "environment.json",
                                        "clock.json",  "checkpoint.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[TEST_PATH];
        copy(part);
        assert_int_equal(unlink(file_of_run(path, names[i])), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        alarm(60); /* ends the test where it hangs */
        const rl_status status = resume(NULL);
        alarm(0);
        assert_int_equal(status, RL_ERROR_IO);
    }
}

/* What a process leaves that is killed before its first checkpoint, file by file. */
static void runs_that_never_began(void **state) {
    (void)state;
    static const char *const names[] = {".lock", "config.yaml", "environment.json", "clock.json"};
    char path[TEST_PATH], from[TEST_PATH], command[2 * TEST_PATH + 32];
    for (size_t files = 0; files <= 5; files++) {
        for (int by_resume = 0; by_resume < 2; by_resume++) {
            copy(whole);
            snprintf(command, sizeof command, "rm -rf '%s' && mkdir '%s'", run, run);
            assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): made by mkdtemp */
            for (size_t i = 0; i < files && i < 4; i++) {
                snprintf(command, sizeof command, "cp '%s' '%s'", in_folder(from, whole, names[i]),
                         run);
                assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): as above */
            }
            if (files == 5)
                assert_int_equal(
                    rl_file_replace_bytes(file_of_run(path, "steps.csv"), "step,lo", 7, NULL),
                    RL_OK);
            if (by_resume && files < 2) { /* nothing says what it was to be */
                rl_error error;
                assert_int_equal(resume(&error), RL_ERROR_IO);
                assert_non_null(strstr(error.message, "holds no config.yaml"));
                continue;
            }
            if (!by_resume) {
                rl_config *config = tiny_config(run);
                assert_int_equal(rl_train_check(config, NULL), RL_OK);
                rl_config_free(config);
                train(run, NULL, RL_OK);
            }
            expect_resumed();
            assert_true(!by_resume || strstr(noticed, "begins anew"));
        }
    }
}

/* What is not sure to be such a leftover is not taken over. */
static void other_folders_are_left_alone(void **state) {
    (void)state;
    char path[TEST_PATH];
    rl_config *config = tiny_config(run);
    copy(part);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_ERROR_EXISTS);
    assert_int_equal(unlink(file_of_run(path, "checkpoint.safetensors")), 0);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_ERROR_EXISTS);
    copy(part);
    char command[TEST_PATH + 64]; /* somebody's settings, and no run of ours */
    snprintf(command, sizeof command, "cd '%s' && rm -f .lock [d-z]* checkpoint* clock*", run);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_ERROR_EXISTS);
    assert_true(rl_file_exists(file_of_run(path, "config.yaml")));
    rl_config_free(config);
}

static void expect_change_noticed(const char *of, const char *begun, const char *now) {
    char expected[2 * TEST_PATH];
    copy(part);
    assert_int_equal(resume(NULL), RL_OK);
    snprintf(expected, sizeof expected,
             "%s: was made with %s %s so far and goes on with %s: the result need not be, bit for "
             "bit, that of a run never interrupted\n",
             run, of, begun, now);
    assert_string_equal(noticed, expected);
    noticed[0] = '\0'; /* from here on it is made with both, of which the newer is known */
    assert_int_equal(resume(NULL), RL_OK);
    assert_string_equal(noticed, "");
}

/* Gone on with by other kernels, or by another version. */
static void changes_of_the_program_are_noticed(void **state) {
    (void)state;
    const char *set = getenv("RESLAB_ISA"), *begun = rl_engine_kernels(NULL)->name;
    char *before = set ? rl_strdup(set) : NULL;
    for (size_t i = 0; rl_kernels_at(i); i++) {
        const char *now = rl_kernels_at(i)->name;
        if (strcmp(now, begun) == 0)
            continue;
        assert_int_equal(setenv("RESLAB_ISA", now, 1), 0);
        expect_change_noticed("the kernels", begun, now);
    }
    assert_int_equal(before ? setenv("RESLAB_ISA", before, 1) : unsetenv("RESLAB_ISA"), 0);
    rl_free(before);
    version = "0.1.0-before";
    expect_change_noticed("version", RL_VERSION, version);
    version = RL_VERSION;
}

static void private_files_stay_private(void **state) {
    (void)state;
    char path[TEST_PATH];
    struct stat about;
    copy(part);
    assert_int_equal(chmod(file_of_run(path, "checkpoint.safetensors"), 0600), 0);
    expect_resumed();
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

/* Recorded with their whole paths, so that a run is gone on with from any folder. */
static void inputs_are_recorded_with_their_paths(void **state) {
    (void)state;
    char here[TEST_PATH], path[TEST_PATH];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    rl_config *config = tiny_config("x");
    static const struct {
        const char *given, *recorded;
    } names[] = {{"whole", "/whole"}, {"./whole/../part", "/whole/../part"},
                 {"shapes", NULL},    {"cifar10", NULL},
                 {"not-there", NULL}, {"/proc", NULL}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        set(config, "data", names[i].given);
        assert_int_equal(rl_config_save(config, in_folder(path, folder, "saved.yaml"), NULL),
                         RL_OK);
        char *text = text_of(folder, "saved.yaml"), line[2 * TEST_PATH];
        if (names[i].recorded)
            snprintf(line, sizeof line, "\ndata: \"%s%s\"\n", folder, names[i].recorded);
        else
            snprintf(line, sizeof line, "\ndata: \"%s\"\n", names[i].given);
        if (!strstr(text, line))
            fail_msg("no %s in %s", line, text);
        rl_free(text);
    }
    rl_config_free(config);
    assert_int_equal(chdir(here), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edited_settings),
        cmocka_unit_test(damaged_checkpoints),
        cmocka_unit_test(lost_files_of_a_finished_run),
        cmocka_unit_test(pipes_are_not_waited_for),
        cmocka_unit_test(runs_that_never_began),
        cmocka_unit_test(other_folders_are_left_alone),
        cmocka_unit_test(changes_of_the_program_are_noticed),
        cmocka_unit_test(private_files_stay_private),
        cmocka_unit_test(inputs_are_recorded_with_their_paths),
    };
    return cmocka_run_group_tests(tests, make_runs, remove_runs);
}
