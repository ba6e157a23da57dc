/* Where outputs go when their path is not simply a file: links, pipes, devices, descriptors; what
 * killed writers leave behind; and that nothing lands on the standard descriptors. */
#include "base/file.h"
#include "base/lock.h"
#include "base/open.h"
#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/reslab-test-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* Names in `place`, those of unfinished files only or all. */
static size_t count_names(const char *place, bool unfinished) {
    size_t count = 0;
    DIR *names = opendir(place);
    assert_non_null(names);
    for (const struct dirent *entry; (entry = readdir(names));)
        count += entry->d_name[0] != '.' || rl_temporary_is_name(entry->d_name)
                     ? !unfinished || rl_temporary_is_name(entry->d_name)
                     : 0;
    closedir(names);
    return count;
}

static int remove_folder(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void assert_content(const char *path, const char *expected) {
    char text[100] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static mode_t kind_of(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 ? about.st_mode & S_IFMT : 0;
}

static rl_status put(const char *path, const char *text, rl_error *error) {
    const rl_status check = rl_output_check(path, NULL);
    const rl_status status = rl_file_replace_bytes(path, text, strlen(text), error);
    assert_int_equal(check, status); /* asking beforehand tells */
    return status;
}

static void links_are_followed(void **state) {
    (void)state;
    assert_int_equal(mkdir("far", 0777), 0);
    assert_int_equal(put("far/file", "old", NULL), RL_OK);
    assert_int_equal(symlink("file", "far/near"), 0); /* relative to where the link is */
    assert_int_equal(symlink("far/near", "link"), 0);
    struct stat before, after;
    assert_int_equal(stat("far/file", &before), 0);
    assert_int_equal(put("link", "new", NULL), RL_OK);
    assert_int_equal(kind_of("link"), S_IFLNK);
    assert_int_equal(kind_of("far/near"), S_IFLNK);
    assert_int_equal(stat("far/file", &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino); /* replaced, not overwritten */
    assert_content("far/file", "new");
    assert_int_equal(unlink("far/file"), 0); /* now it leads nowhere yet */
    assert_int_equal(put("link", "made", NULL), RL_OK);
    assert_content("far/file", "made");
    rl_error error;
    assert_int_equal(symlink("circle", "circle"), 0);
    assert_int_equal(put("circle", "x", &error), RL_ERROR_IO);
    assert_string_equal(error.message,
                        "circle: cannot follow the link: Too many levels of symbolic links");
}

/* In a folder that is open to all, as /tmp, a link of somebody else's may lead anywhere. */
static void links_of_others_are_not(void **state) {
    (void)state;
    if (geteuid() != 0)
        return; /* nobody else's link can be made */
    rl_error error;
    assert_int_equal(mkdir("open", 0777), 0);
    assert_int_equal(chmod("open", 01777), 0);
    assert_int_equal(put("precious", "old", NULL), RL_OK);
    assert_int_equal(symlink("../precious", "open/trap"), 0);
    assert_int_equal(lchown("open/trap", 12345, 12345), 0);
    assert_int_equal(put("open/trap", "new", &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "open/trap: is a link that another user"));
    assert_content("precious", "old");
    assert_int_equal(lchown("open/trap", 0, 0), 0);
    assert_int_equal(put("open/trap", "new", NULL), RL_OK);
    assert_content("precious", "new");
}

/* What comes out of the pipe `path` while `text` is put into it. */
static void assert_piped(const char *path, const char *text) {
    char got[100] = "";
    int answer[2];
    assert_int_equal(pipe(answer), 0);
    const pid_t reader = fork();
    if (reader == 0) {
        const int pipe_end = open(path, O_RDONLY);
        const ssize_t length = read(pipe_end, got, sizeof got);
        _exit(length > 0 && write(answer[1], got, (size_t)length) == length ? 0 : 1);
    }
    close(answer[1]);
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    assert_int_equal(read(answer[0], got, sizeof got), (ssize_t)strlen(text));
    close(answer[0]);
    waitpid(reader, NULL, 0);
    assert_memory_equal(got, text, strlen(text));
}

static void pipes_and_devices_stay(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(rl_output_check("pipe", NULL), RL_OK);
    assert_piped("pipe", "through the pipe");
    assert_int_equal(kind_of("pipe"), S_IFIFO);
    assert_int_equal(rl_file_replace_bytes("pipe", "x", 1, &error), RL_ERROR_IO); /* in the end */
    assert_string_equal(error.message, "pipe: cannot write: nothing reads from this pipe");
    if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0 &&
        mknod("full", S_IFCHR | 0666, makedev(1, 7)) == 0 &&
        mknod("disk", S_IFBLK | 0666, makedev(7, 200)) == 0) {
        assert_int_equal(put("null", "gone", NULL), RL_OK);
        assert_int_equal(kind_of("null"), S_IFCHR);
        assert_int_equal(rl_file_replace_bytes("full", "much", 4, &error), RL_ERROR_IO);
        assert_string_equal(error.message, "full: cannot write: No space left on device");
        assert_int_equal(kind_of("full"), S_IFCHR);
        assert_int_equal(put("disk", "x", &error), RL_ERROR_IO);
        assert_string_equal(error.message,
                            "disk: cannot write: is a block device, expected a file");
    }
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    const int server = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(put("socket", "x", &error), RL_ERROR_IO);
    assert_string_equal(error.message, "socket: cannot write: is a socket, expected a file");
    assert_int_equal(kind_of("socket"), S_IFSOCK);
    close(server);
}

/* /dev/stdout is a name for what is open: written from where it stands, not replaced. */
static void descriptors_are_written_into(void **state) {
    (void)state;
    char path[40], proc[60];
    rl_error error;
    const int file = open("report", O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_int_equal(write(file, "head ", 5), 5);
    snprintf(path, sizeof path, "/dev/fd/%d", file);
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", file);
    assert_int_equal(symlink(proc, "to-descriptor"), 0);
    assert_int_equal(put(path, "one ", NULL), RL_OK);
    assert_int_equal(put("to-descriptor", "two ", NULL), RL_OK);
    assert_int_equal(write(file, "end", 3), 3);
    assert_content("report", "head one two end");
    close(file);
    assert_int_not_equal(put(path, "x", &error), RL_OK);
    const int read_only = open("report", O_RDONLY);
    assert_int_equal(read_only, file);
    assert_int_equal(rl_output_check(path, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "cannot write: Bad file descriptor"));
    close(read_only);
}

static void what_cannot_be_written(void **state) {
    (void)state;
    static const char *const places[] = {"", "/proc/x", "no/such/folder/x", "far", "far/", "."};
    rl_error error;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        assert_int_not_equal(put(places[i], "x", &error), RL_OK);
        assert_non_null(strstr(error.message, *places[i] ? places[i] : "empty name"));
    }
    assert_int_equal(put("no/x", "x", &error), RL_ERROR_IO);
    assert_string_equal(error.message, "no/x: cannot write: there is no folder 'no'");
    assert_int_equal(count_names(".", true), 0); /* asking leaves nothing */
}

static bool write_until_killed(FILE *stream, void *context) {
    fputs("half", stream);
    fflush(stream);
    if (write(*(int *)context, "", 1) == 1)
        for (;;)
            pause();
    return false;
}

/* A child that is writing place/file and will not end by itself. */
static pid_t start_writer(void) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t writer = fork();
    if (writer == 0) {
        rl_file_replace("place/file", write_until_killed, &ready[1], NULL);
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return writer;
}

static void what_the_dead_leave_is_removed(void **state) {
    (void)state;
    assert_int_equal(mkdir("place", 0777), 0);
    const pid_t dead = start_writer(), living = start_writer();
    kill(dead, SIGKILL);
    waitpid(dead, NULL, 0);
    assert_int_equal(count_names("place", true), 2);
    assert_int_equal(symlink("../far/file", "place/.reslab-1-1.tmp"), 0);
    assert_int_equal(mkfifo("place/.reslab-1-2.tmp", 0600), 0);
    assert_int_equal(put("place/other", "whole", NULL), RL_OK);
    assert_content("place/other", "whole");
    /* Left are the living one's, and what is nobody's unfinished file. */
    assert_int_equal(count_names("place", true), 3);
    assert_content("far/file", "made");
    kill(living, SIGKILL);
    waitpid(living, NULL, 0);
    rl_temporary_sweep("place");
    assert_int_equal(count_names("place", true), 2);
}

static void end_by_signal(int number) {
    rl_discard_unfinished();
    _exit(number);
}

static void a_signal_handler_removes(void **state) {
    (void)state;
    assert_int_equal(mkdir("handled", 0777), 0);
    int ready[2], status;
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t writer = fork();
    if (writer == 0) {
        signal(SIGTERM, end_by_signal);
        rl_file_replace("handled/file", write_until_killed, &ready[1], NULL);
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(count_names("handled", true), 1);
    kill(writer, SIGTERM);
    waitpid(writer, &status, 0);
    assert_int_equal(WEXITSTATUS(status), SIGTERM);
    assert_int_equal(count_names("handled", false), 0);
    close(ready[0]);
    close(ready[1]);
}

/* A lock's name can be foretold: a link there must not make, or lock, what it leads to. */
static void locks_follow_no_link(void **state) {
    (void)state;
    int lock;
    rl_error error;
    assert_int_equal(symlink("victim", "planted.lock"), 0);
    assert_int_equal(rl_lock_take(&lock, "planted.lock", "it", &error), RL_ERROR_IO);
    assert_string_equal(error.message, "planted.lock: is a link or no file, expected a lock file");
    assert_int_equal(lock, -1);
    assert_int_equal(kind_of("victim"), 0);
    assert_int_equal(mkfifo("pipe.lock", 0600), 0);
    assert_int_equal(rl_lock_wait(&lock, "pipe.lock", NULL), RL_ERROR_IO);
    assert_false(rl_lock_is_taken("planted.lock"));
}

/* In a process without descriptors 0 to 2, its output must not land in our files. */
static void standard_descriptors_stay_free(void **state) {
    (void)state;
    int status;
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 3; i++)
            close(i);
        int lock = -1;
        const int file = rl_open("opened", O_WRONLY | O_CREAT, 0666);
        FILE *stream = rl_open_stream("streamed", O_WRONLY | O_CREAT, "w");
        const bool good = file > 2 && stream && fileno(stream) > 2 &&
                          rl_lock_take(&lock, "locked", "it", NULL) == RL_OK && lock > 2;
        _exit(good && fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(links_of_others_are_not),
        cmocka_unit_test(pipes_and_devices_stay),
        cmocka_unit_test(descriptors_are_written_into),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(what_the_dead_leave_is_removed),
        cmocka_unit_test(a_signal_handler_removes),
        cmocka_unit_test(locks_follow_no_link),
        cmocka_unit_test(standard_descriptors_stay_free),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
