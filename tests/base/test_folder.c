/* Folders: what can be made is found out beforehand, by trying, and nothing is left of that; and
 * the modes of files that are replaced. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[256], path[512];

static int make_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/reslab-folder-XXXXXX", base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder); /* fails where a test left something behind */
}

static const char *inside(const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void what_can_be_made_is_found_out(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(rl_folder_check(folder, NULL), RL_OK);
    assert_int_equal(rl_folder_check(inside("a/b/c"), NULL), RL_OK);
    assert_int_equal(rl_folder_check(inside("a//"), NULL), RL_OK);
    assert_int_equal(rl_folder_check("new-folder", NULL), RL_OK);
    assert_false(rl_file_exists("new-folder"));
    /* Permissions say yes to root, the system says no. */
    assert_int_equal(rl_folder_check("/proc/x", &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "/proc/x: cannot write in /proc: "));
    assert_int_equal(rl_folder_check("/proc/x/y/z", &error), RL_ERROR_IO);
    assert_int_equal(rl_folder_check("/dev/null/x", &error), RL_ERROR_IO);
    assert_int_equal(rl_file_replace_bytes(inside("file"), "x", 1, NULL), RL_OK);
    assert_int_equal(rl_folder_check(path, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "is not a folder"));
    unlink(path);
    if (geteuid() != 0) {
        assert_int_equal(chmod(folder, 0500), 0);
        assert_int_equal(rl_folder_check(inside("x"), &error), RL_ERROR_IO);
        assert_int_equal(chmod(folder, 0700), 0);
    }
}

static void folders_are_made_once(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(rl_folder_make_parents(inside("a/b/file"), NULL), RL_OK);
    assert_true(rl_file_is_folder(inside("a/b")));
    assert_int_equal(rl_folder_make_parents(inside("a/b/file"), NULL), RL_OK);
    assert_int_equal(rl_folder_make(inside("a/b"), &error), RL_ERROR_EXISTS);
    assert_int_equal(rl_folder_make(inside("a/b/c"), NULL), RL_OK);
    assert_int_equal(rl_folder_make(inside("none/c"), &error), RL_ERROR_IO);
    assert_int_equal(rl_folder_sync(inside("a/b"), NULL), RL_OK);
    assert_int_equal(rmdir(inside("a/b/c")), 0);
    assert_int_equal(rmdir(inside("a/b")), 0);
    assert_int_equal(rmdir(inside("a")), 0);
}

static mode_t mode_of(const char *file) {
    struct stat about;
    assert_int_equal(stat(file, &about), 0);
    return about.st_mode & 07777;
}

/* What its owner has closed stays closed, and open what is open, whatever the umask says now. */
static void replaced_files_keep_their_mode(void **state) {
    (void)state;
    static const mode_t modes[] = {0600, 0640, 0664, 0666, 0444, 0400};
    const mode_t mask = umask(077);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(rl_file_replace_bytes(inside("file"), "a", 1, NULL), RL_OK);
        assert_int_equal(mode_of(path), 0600); /* a new one: the umask's */
        assert_int_equal(chmod(path, modes[i]), 0);
        umask(i % 2 ? 077 : 0);
        assert_int_equal(rl_file_replace_bytes(path, "b", 1, NULL), RL_OK);
        umask(077);
        assert_int_equal(mode_of(path), modes[i]);
        assert_int_equal(unlink(path), 0);
    }
    umask(mask);
}

/* Not even the unfinished file may be read by others. */
static bool look_at_the_temporary(FILE *stream, void *context) {
    struct stat about;
    *(mode_t *)context = fstat(fileno(stream), &about) == 0 ? about.st_mode & 0777 : 0777;
    return fputs("x", stream) != EOF;
}

static void private_files_are_private_from_the_start(void **state) {
    (void)state;
    mode_t seen = 0;
    const mode_t mask = umask(0);
    assert_int_equal(rl_file_replace_bytes(inside("file"), "a", 1, NULL), RL_OK);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(rl_file_replace(path, look_at_the_temporary, &seen, NULL), RL_OK);
    umask(mask);
    assert_int_equal(seen, 0600);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(unlink(path), 0);
}

static void the_systems_files_are_read(void **state) {
    (void)state;
    char text[64], little[4];
    assert_true(rl_file_read_start("/proc/self/stat", text, sizeof text) > 8);
    assert_int_equal(strtol(text, NULL, 10), getpid());
    assert_int_equal(rl_file_read_start("/proc/self/stat", little, sizeof little), 3);
    assert_int_equal(little[3], '\0');
    assert_int_equal(rl_file_read_start(inside("none"), text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(mkfifo(inside("pipe"), 0600), 0);
    assert_int_equal(rl_file_read_start(path, text, sizeof text), 0); /* not waited for */
    assert_int_equal(unlink(path), 0);
}

static void pieces_are_read(void **state) {
    (void)state;
    int file;
    uint64_t size;
    char piece[4] = "";
    rl_error error;
    assert_int_equal(rl_file_replace_bytes(inside("file"), "0123456789", 10, NULL), RL_OK);
    assert_int_equal(rl_file_open(&file, &size, path, NULL), RL_OK);
    assert_int_equal(size, 10);
    assert_int_equal(rl_file_read_at(file, path, 4, piece, 3, NULL), RL_OK);
    assert_string_equal(piece, "456");
    assert_int_equal(rl_file_read_at(file, path, 8, piece, 3, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "ended at byte 10 of 11"));
    close(file);
    unlink(path);
    assert_int_equal(rl_file_open(&file, &size, path, &error), RL_ERROR_IO);
    assert_int_equal(file, -1);
    assert_int_equal(rl_file_open(&file, &size, "/dev/zero", &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "not a regular file"));
    assert_int_equal(rl_file_open(&file, &size, folder, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "is a folder"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_made_is_found_out),
        cmocka_unit_test(folders_are_made_once),
        cmocka_unit_test(replaced_files_keep_their_mode),
        cmocka_unit_test(private_files_are_private_from_the_start),
        cmocka_unit_test(the_systems_files_are_read),
        cmocka_unit_test(pieces_are_read),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
