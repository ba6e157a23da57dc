/* The web server of mirror.py, and a source whose only file is an archive that it serves. */
#ifndef RL_TESTS_DATA_MIRROR_H
#define RL_TESTS_DATA_MIRROR_H

#include "data/archives.h"
#include "data/folders.h"

#include "data/checksum.h"
#include "data/fetch.h"

#include <signal.h>
#include <sys/wait.h>

enum { TEST_SKIPPED = 77 };

static struct {
    char folder[PATH_MAX]; /* that it serves */
    pid_t process;
    int input; /* which it ends with */
    unsigned http, https;
} mirror = {.input = -1};

/* cmocka's group set-up; in every test in_root() begins anew. */
static inline int start_mirror(void **state) {
    int input[2], output[2];
    char line[64] = "";
    if (make_root(state) != 0 || pipe(input) != 0 || pipe(output) != 0)
        return -1;
    snprintf(mirror.folder, sizeof mirror.folder, "%s", fixture_root);
    mirror.process = fork();
    if (mirror.process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        close(input[1]);
        execlp("python3", "python3", RL_TEST_DATA "/mirror.py", mirror.folder, (char *)NULL);
        _exit(1);
    }
    close(input[0]);
    close(output[1]);
    mirror.input = input[1];
    FILE *ports = fdopen(output[0], "r");
    const bool said = ports && fgets(line, sizeof line, ports);
    if (ports)
        fclose(ports);
    if (said && sscanf(line, "%u %u", &mirror.http, &mirror.https) == 2)
        return 0;
    print_error("mirror.py does not say its ports, but '%s'\n", line);
    return -1;
}

static inline int stop_mirror(void **state) {
    close(mirror.input);
    waitpid(mirror.process, NULL, 0);
    snprintf(fixture_root, sizeof fixture_root, "%s", mirror.folder);
    return remove_root(state);
}

/* Without Python there is no mirror: says so and returns TEST_SKIPPED, else 0. */
static inline int skip_without_python(void) {
    if (system("python3 -c 'import http.server, ssl'") == 0) /* NOLINT(cert-env33-c) */
        return 0;
    puts("skipped: python3 is not installed");
    return TEST_SKIPPED;
}

/* No proxy may come between the test and its mirror. */
static inline void forget_proxies(void) {
    static const char *const names[] = {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY",
                                        "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

/* "http://127.0.0.1:1234/<how>/"; valid until the eighth next call. */
static inline const char *mirror_url(const char *how) {
    static char urls[8][128];
    static unsigned next;
    char *url = urls[next++ % 8];
    snprintf(url, sizeof urls[0], "http://127.0.0.1:%u/%s/", mirror.http, how);
    return url;
}

static inline const char *in_mirror(const char *name) {
    static char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", mirror.folder, name);
    return path;
}

static inline void serve_file(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(in_mirror(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The requests since the last call, one a line: "HOW FILE RANGE". */
static inline const char *requests(void) {
    static char text[4096];
    text[0] = '\0';
    FILE *file = fopen(in_mirror("requests"), "r");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        assert_int_equal(unlink(in_mirror("requests")), 0);
    }
    return text;
}

/* ---- The source "set" ---- */

static uint8_t set_bytes[ARCHIVE_ROOM]; /* of set.tar.gz */
static char set_sha256[RL_DIGEST_TEXT];
static rl_remote_file set_file = {.name = "set.tar.gz", .sha256 = set_sha256};
static rl_source_row set_row = {.about = {.name = "set", .url = "https://localhost/", .files = 1},
                                .files = &set_file,
                                .members = test_members,
                                .member_count = TEST_MEMBERS};
static const rl_fetch_limits quick = {.stall_seconds = 1};

/* From now on the set's archive holds these; "set.tar.gz" is what the mirror has and the source
 * expects. */
static inline void serve_set(const test_entry *entries) {
    set_file.size = set_row.about.bytes = make_archive(set_bytes, entries);
    serve_file("set.tar.gz", set_bytes, set_file.size);
    assert_int_equal(rl_file_sha256(in_mirror("set.tar.gz"), set_sha256, NULL), RL_OK);
}

/* Set-up of a test: an empty folder "out", a good archive, no requests so far. */
static inline int begin_with_good_set(void **state) {
    if (make_root(state) != 0)
        return -1;
    make_folder("out");
    serve_set(good_entries);
    requests();
    return 0;
}

static inline rl_status fetch_from(const char *url, rl_data_result *result, rl_error *error) {
    const rl_data_request request = {.url = url, .folder = in_root("out")};
    return rl_data_fetch(&set_row, &request, &quick, result, error);
}

static inline void assert_set_is_whole(void) {
    assert_holds("out", "set");
    assert_holds("out/set", "first.bin names.txt second.bin");
    assert_member("out/set/first.bin", 3000);
    assert_member("out/set/second.bin", 70000);
    assert_member("out/set/names.txt", 25);
}

/* Fetching `how` must go well, by these requests. */
static inline void assert_fetched(const char *how, const char *asked) {
    rl_data_result result;
    rl_error error;
    if (fetch_from(mirror_url(how), &result, &error) != RL_OK)
        fail_msg("%s: %s", how, error.message);
    assert_false(result.was_there);
    assert_string_equal(result.folder, in_root("out/set"));
    assert_set_is_whole();
    assert_string_equal(requests(), asked);
}

/* The first `size` bytes of set.tar.gz are there from an earlier try. */
static inline void begin_part(const void *bytes, size_t size) {
    make_folder("out/set.part");
    write_file("out/set.part/set.tar.gz.part", bytes, size);
}

static inline void assert_part(size_t size) {
    assert_holds("out", "set.part");
    assert_holds("out/set.part", "set.tar.gz.part");
    assert_int_equal(file_size("out/set.part/set.tar.gz.part"), size);
}

#endif
