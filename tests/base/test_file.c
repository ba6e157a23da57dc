/* Files: whole reads and their refusals; and that a replacement which fails anywhere, a full disk
 * included, leaves the old file and nothing else. */
#include "base/file.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[256], path[512];

static int make_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/reslab-file-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails where a test left something behind */
}

static size_t entries(void) {
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(listing));) {
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    }
    closedir(listing);
    return count;
}

static void assert_content(const char *expected) {
    uint8_t *data;
    size_t size;
    assert_int_equal(rl_file_read(path, 1000, &data, &size, NULL), RL_OK);
    assert_int_equal(size, strlen(expected));
    assert_string_equal((char *)data, expected); /* the NUL behind the last byte */
    rl_free(data);
    assert_int_equal(entries(), 1);
}

static void assert_message(const rl_error *error, const char *part) {
    assert_non_null(strstr(error->message, folder));
    if (!strstr(error->message, part)) {
        fail_msg("'%s' does not say '%s'", error->message, part);
    }
}

static void what_is_written_is_read(void **state) {
    (void)state;
    assert_int_equal(rl_file_replace_bytes(path, "", 0, NULL), RL_OK);
    assert_content("");
    assert_int_equal(rl_file_replace_bytes(path, "one\n", 4, NULL), RL_OK);
    assert_content("one\n");
    assert_int_equal(rl_file_replace_bytes(path, "two", 3, NULL), RL_OK);
    assert_content("two");
    assert_true(rl_file_exists(path) && !rl_file_is_folder(path));
    assert_true(rl_file_exists(folder) && rl_file_is_folder(folder));

    const mode_t mask = umask(027);
    struct stat about;
    unlink(path);
    assert_int_equal(rl_file_replace_bytes(path, "x", 1, NULL), RL_OK);
    umask(mask);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0600), 0); /* what was made private stays so */
    assert_int_equal(rl_file_replace_bytes(path, "y", 1, NULL), RL_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

/* A name without a folder, in the current one; and a name as long as names may be. */
static void names_of_all_kinds(void **state) {
    (void)state;
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(rl_file_replace_bytes("file", "bare", 4, NULL), RL_OK);
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    rl_error error;
    if (rl_file_replace_bytes(name, "long", 4, &error) != RL_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(unlink(name), 0);
    assert_int_equal(chdir(here), 0);
    assert_content("bare");
}

static void reads_are_refused(void **state) {
    (void)state;
    uint8_t *data = (uint8_t *)path;
    size_t size = 1;
    rl_error error;
    unlink(path);
    assert_int_equal(rl_file_read(path, 10, &data, &size, &error), RL_ERROR_IO);
    assert_true(data == NULL && size == 0);
    assert_message(&error, "cannot open: No such file");
    assert_int_equal(rl_file_read(folder, 10, &data, &size, &error), RL_ERROR_IO);
    assert_message(&error, "is a folder, expected a file");
    assert_int_equal(mkfifo(path, 0600), 0); /* must not be waited for */
    assert_int_equal(rl_file_read(path, 10, &data, &size, &error), RL_ERROR_IO);
    assert_message(&error, "not a regular file");
    unlink(path);
    assert_int_equal(rl_file_replace_bytes(path, "12345", 5, NULL), RL_OK);
    assert_int_equal(rl_file_read(path, 4, &data, &size, &error), RL_ERROR_FORMAT);
    assert_message(&error, "has 5 bytes, expected at most 4");
    assert_int_equal(rl_file_read(path, 5, &data, &size, NULL), RL_OK);
    rl_free(data);
    rl_memory_fail_after(0);
    assert_int_equal(rl_file_read(path, 5, &data, &size, &error), RL_ERROR_MEMORY);
    rl_memory_fail_after(-1);
    assert_null(data);
}

static bool write_and_give_up(FILE *stream, void *context) {
    fputs("half of the new content", stream);
    errno = *(int *)context;
    return false;
}

static void a_writer_that_fails(void **state) {
    (void)state;
    assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
    int reason = ENOSPC;
    rl_error error;
    assert_int_equal(rl_file_replace(path, write_and_give_up, &reason, &error), RL_ERROR_IO);
    assert_message(&error, "cannot write: No space left");
    assert_content("old");
}

/* The limit on file sizes stops a write in its middle, as a full disk does. */
static void a_full_disk(void **state) {
    (void)state;
    static char much[100000];
    assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 50000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rl_error error;
    const rl_status large = rl_file_replace_bytes(path, much, sizeof much, &error);
    /* This one fits the stream's buffer and fails only when that is flushed. */
    small.rlim_cur = 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const rl_status buffered = rl_file_replace_bytes(path, much, 100, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(large, RL_ERROR_IO);
    assert_int_equal(buffered, RL_ERROR_IO);
    assert_message(&error, "cannot write: File too large");
    assert_content("old");
}

static void places_that_cannot_be_written(void **state) {
    (void)state;
    rl_error error;
    char inside[600];
    snprintf(inside, sizeof inside, "%s/no-such-folder/file", folder);
    assert_int_equal(rl_file_replace_bytes(inside, "x", 1, &error), RL_ERROR_IO);
    assert_message(&error, "no-such-folder/file: cannot write: there is no folder '");
    snprintf(inside, sizeof inside, "%s/sub", folder);
    assert_int_equal(mkdir(inside, 0700), 0);
    assert_int_equal(rl_file_replace_bytes(inside, "x", 1, &error), RL_ERROR_IO);
    assert_message(&error, "sub: cannot write: is a folder, expected a file");
    if (geteuid() != 0) { /* root writes everywhere */
        assert_int_equal(chmod(inside, 0500), 0);
        strcat(inside, "/file");
        assert_int_equal(rl_file_replace_bytes(inside, "x", 1, &error), RL_ERROR_IO);
        assert_message(&error, "Permission denied");
        *strrchr(inside, '/') = '\0';
    }
    assert_int_equal(rmdir(inside), 0); /* no temporary in it */
    unlink(path);
    assert_int_equal(entries(), 0);
}

static void joined_paths(void **state) {
    (void)state;
    char text[16];
    rl_error error;
    assert_int_equal(rl_path_join(text, sizeof text, "a", "b", NULL), RL_OK);
    assert_string_equal(text, "a/b");
    assert_int_equal(rl_path_join(text, sizeof text, "/", "b", NULL), RL_OK);
    assert_string_equal(text, "/b");
    assert_int_equal(rl_path_join(text, sizeof text, "", "b", NULL), RL_OK);
    assert_string_equal(text, "b");
    assert_int_equal(rl_path_join(text, sizeof text, "1234567", "1234567", NULL), RL_OK);
    assert_int_equal(rl_path_join(text, sizeof text, "1234567", "12345678", &error),
                     RL_ERROR_ARGUMENT);
    assert_string_equal(error.message, "1234567/12345678: the path is longer than 15 bytes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(names_of_all_kinds),
        cmocka_unit_test(reads_are_refused),
        cmocka_unit_test(a_writer_that_fails),
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(places_that_cannot_be_written),
        cmocka_unit_test(joined_paths),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
