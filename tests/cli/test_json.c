/* --json and a run's records when memory runs out: each of jansson's allocations fails in turn, and
 * what comes out is the whole, or an error. */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

enum { TEXT_SIZE = 1 << 20, WORDS_MAX = 24, EACH = 30, EACH_LAST = 90, SAMPLES = 15 };

static long countdown = -1; /* allocations until one fails; below 0 none does */
static long allocations;

static void *counted_malloc(size_t size) {
    allocations++;
    return countdown >= 0 && countdown-- == 0 ? NULL : malloc(size);
}

/* ---- A small data set and a run on it ---- */

static char folder[] = "/tmp/reslab-test-XXXXXX";

static void make_image(const char *part, const char *class, int number) {
    char path[100];
    snprintf(path, sizeof path, "data/%s/%s/%d.ppm", part, class, number);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6 2 2 255\n%c%c%c%c%c%c%c%c%c%c%c%c", 9 + number, 1, 2, 3, 4, 5, 6, 7, 8, 90,
            10, *class);
    fclose(file);
}

static void make_part(const char *part) {
    static const char *const classes[] = {"ant", "bee"};
    char path[100];
    snprintf(path, sizeof path, "data/%s", part);
    assert_int_equal(mkdir(path, 0777), 0);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "data/%s/%s", part, classes[i]);
        assert_int_equal(mkdir(path, 0777), 0);
        for (int number = 0; number < 3; number++)
            make_image(part, classes[i], number);
    }
}

static int run(const cli_command *command, const char *line) {
    char copy[400], *words[WORDS_MAX], *rest;
    int count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    return command_run(command, count, words);
}

#define SMALL "--data data --width 4 --epochs 1 --batch-size 2 --threads 1 --quiet --out "

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("data", 0777) != 0)
        return -1;
    make_part("train");
    make_part("test");
    FILE *study = fopen("study.yaml", "w");
    fputs("name: s\nsettings: {data: data}\nseeds: [1, 2]\ngroups: {a: {vary: {lr: [1, 2]}}}\n",
          study);
    fclose(study);
    json_set_alloc_funcs(counted_malloc, free);
    return run(&train_command, SMALL "run --lr 0.1") || run(&train_command, SMALL "other --lr 0.2");
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

/* ---- What is printed and written ---- */

/* Takes the numbers away: times are never the same. */
static void mask(char *text) {
    char *to = text;
    for (const char *at = text; *at; at++)
        if (!strchr("0123456789.+-", *at) && !(*at == 'e' && to > text && strchr("-+", at[1])))
            *to++ = *at;
    *to = '\0';
}

static void read_masked(const char *path, char *text) {
    FILE *file = fopen(path, "rb");
    text[0] = '\0';
    if (file) {
        text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
        fclose(file);
    }
    mask(text);
}

/* Runs with stdout in a file and stderr thrown away; the masked output goes to `text`. */
static int run_captured(const cli_command *command, const char *line, char *text) {
    fflush(stdout);
    const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    const int file = open("out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const int null = open("/dev/null", O_WRONLY);
    dup2(file, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    const int code = run(command, line);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    close(file);
    close(null);
    read_masked("out.txt", text);
    return code;
}

/* The number of the next allocation to fail: all at the beginning and at the end, where the output
 * is made, and some of those between. */
static long after(long number, long count) {
    const bool each = number < EACH || number >= count - EACH_LAST;
    return number + (each ? 1 : (count - EACH - EACH_LAST) / SAMPLES + 1);
}

static void assert_whole_or_error(const cli_command *command, const char *line) {
    static char whole[TEXT_SIZE], text[TEXT_SIZE];
    size_t errors = 0;
    allocations = 0;
    assert_int_equal(run_captured(command, line, whole), EXIT_SUCCESS);
    assert_true(strlen(whole) > 20);
    for (long number = 0, count = allocations; number < count; number = after(number, count)) {
        countdown = number;
        const int code = run_captured(command, line, text);
        countdown = -1;
        if (code == EXIT_SUCCESS && strcmp(text, whole) != 0)
            fail_msg("%s %s, allocation %ld of %ld: something is missing, with exit code 0",
                     command->name, line, number, count);
        errors += code != EXIT_SUCCESS;
    }
    assert_true(errors > 0);
}

static void printed_json(void **state) {
    (void)state;
    assert_whole_or_error(&summary_command, "resnet18 --width 4 --json");
    assert_whole_or_error(&data_info_command, "data --json");
    assert_whole_or_error(&compare_command, "run other --json");
    assert_whole_or_error(&eval_command, "run --json");
    assert_whole_or_error(&predict_command, "run data/test/ant --json --logits");
    assert_whole_or_error(&study_list_command, "study.yaml --json");
    assert_whole_or_error(&study_status_command, "study.yaml --json");
    assert_whole_or_error(&bench_command,
                          "infer --width 4 --batch-size 1 --repeats 1 --threads 1 --json");
}

static void written_records(void **state) {
    (void)state;
    static char whole[2][TEXT_SIZE], text[TEXT_SIZE];
    static const char *const files[] = {"environment.json", "summary.json"};
    size_t errors = 0;
    char path[100];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "run/%s", files[i]);
        read_masked(path, whole[i]);
    }
    allocations = 0;
    assert_int_equal(run(&train_command, SMALL "counted --lr 0.1"), 0);
    for (long number = 0, count = allocations; number < count; number = after(number, count)) {
        countdown = number;
        const int code = run_captured(&train_command, SMALL "trial --lr 0.1", text);
        countdown = -1;
        for (size_t i = 0; i < 2 && code == EXIT_SUCCESS; i++) {
            snprintf(path, sizeof path, "trial/%s", files[i]);
            read_masked(path, text);
            assert_string_equal(text, whole[i]);
        }
        errors += code != EXIT_SUCCESS;
        assert_int_equal(system("rm -rf trial"), 0);
    }
    assert_true(errors > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_json),
        cmocka_unit_test(written_records),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
