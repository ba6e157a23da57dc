/* Fetching data sets from a mirror that is good, slow, or breaks off: what is put in place, and how
 * the next try goes on. Mirrors that are to be refused: test_fetch_refused.c. */
#include "data/mirror.h"

#include "base/lock.h"
#include "base/memory.h"

static void test_good_mirror(void **state) {
    (void)state;
    rl_data_result result;
    assert_fetched("good", "good set.tar.gz -\n");
    assert_int_equal(fetch_from(mirror_url("good"), &result, NULL), RL_OK);
    assert_true(result.was_there);
    assert_string_equal(result.folder, in_root("out/set"));
    assert_string_equal(requests(), "");
}

static void test_url_of_the_archive_itself(void **state) {
    (void)state;
    char url[PATH_MAX + 64];
    snprintf(url, sizeof url, "%sset.tar.gz", mirror_url("good"));
    assert_int_equal(fetch_from(url, NULL, NULL), RL_OK);
    assert_set_is_whole();
}

static void test_mirror_on_disk(void **state) {
    (void)state;
    char url[PATH_MAX + 64];
    snprintf(url, sizeof url, "file://%s/", mirror.folder);
    assert_int_equal(fetch_from(url, NULL, NULL), RL_OK);
    assert_set_is_whole();
    assert_int_equal(remove_root(NULL), 0);
    make_folder("");
    make_folder("out");
    begin_part(set_bytes, 1000);
    assert_int_equal(fetch_from(url, NULL, NULL), RL_OK);
    assert_set_is_whole();
}

static void test_new_folders_are_made(void **state) {
    (void)state;
    const rl_data_request request = {.url = mirror_url("good"), .folder = in_root("out/a/b")};
    assert_int_equal(rl_data_fetch(&set_row, &request, NULL, NULL, NULL), RL_OK);
    assert_holds("out/a/b", "set");
}

/* Each breaks off in its way; what came must be there, and a good mirror asked only for the rest.
 */
static void test_broken_transfers_go_on(void **state) {
    (void)state;
    const struct {
        const char *how, *reason;
        size_t kept;
    } ways[] = {
        {"short", "bytes remaining to read", set_file.size / 2},
        {"short-unannounced", "the server closed the connection", set_file.size / 2},
        {"stall", "too slow", 600},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char asked[64], kept[64];
        rl_error error;
        const rl_status status = fetch_from(mirror_url(ways[i].how), NULL, &error);
        snprintf(kept, sizeof kept, "broke off after %zu of %zu bytes", ways[i].kept,
                 (size_t)set_file.size);
        assert_error(&error, status, RL_ERROR_IO, ways[i].how, kept, ways[i].reason, NULL);
        assert_part(ways[i].kept);
        requests();
        snprintf(asked, sizeof asked, "good set.tar.gz bytes=%zu-\n", ways[i].kept);
        assert_fetched("good", asked);
        assert_int_equal(remove_root(NULL), 0);
        assert_int_equal(begin_with_good_set(NULL), 0);
    }
}

static void test_server_without_ranges(void **state) {
    (void)state;
    begin_part(set_bytes, 5000);
    assert_fetched("no-ranges", "no-ranges set.tar.gz bytes=5000-\n");
}

static void test_server_that_refuses_ranges(void **state) {
    (void)state;
    begin_part(set_bytes, 5000);
    assert_fetched("refuses-ranges", "refuses-ranges set.tar.gz bytes=5000-\n"
                                     "refuses-ranges set.tar.gz -\n");
}

static void test_part_that_is_complete(void **state) {
    (void)state;
    begin_part(set_bytes, set_file.size);
    assert_fetched("good", "");
}

static void test_part_that_is_too_long(void **state) {
    (void)state;
    begin_part(set_bytes, set_file.size + 1);
    assert_fetched("good", "good set.tar.gz -\n");
}

/* Bytes of some other file: found out at the end, and then gone. */
static void test_part_that_is_wrong(void **state) {
    (void)state;
    rl_error error;
    begin_part("wrong", 5);
    assert_error(&error, fetch_from(mirror_url("good"), NULL, &error), RL_ERROR_FORMAT, "SHA-256",
                 set_sha256, NULL);
    assert_holds("out", "");
    requests();
    assert_fetched("good", "good set.tar.gz -\n");
}

/* Killed while it unpacked: the verified archive is there, and half of a member. */
static void test_killed_while_unpacking(void **state) {
    (void)state;
    make_folder("out/set.part");
    write_file("out/set.part/set.tar.gz", set_bytes, set_file.size);
    write_file("out/set.part/second.bin", "half", 4);
    write_file("out/set.lock", "", 0);
    assert_fetched("good", "");
}

/* The same, but the archive is gone, and what comes for it is refused. */
static void test_killed_and_then_refused(void **state) {
    (void)state;
    make_folder("out/set.part");
    write_file("out/set.part/second.bin", "half", 4);
    assert_int_equal(fetch_from(mirror_url("wrong"), NULL, NULL), RL_ERROR_FORMAT);
    assert_holds("out", "");
}

static void test_mirror_that_is_no_use_costs_nothing(void **state) {
    (void)state;
    static const char *const ways[] = {"nothing", "to-http", "smaller", "oversize", "empty"};
    begin_part(set_bytes, 5000);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_not_equal(fetch_from(mirror_url(ways[i]), NULL, NULL), RL_OK);
        assert_part(5000);
    }
    requests();
    assert_fetched("good", "good set.tar.gz bytes=5000-\n");
}

typedef struct {
    uint64_t last;
    size_t calls;
    uint64_t stop_at;
} progress_watcher;

static bool watch(const rl_data_progress *progress, void *context) {
    progress_watcher *watcher = context;
    assert_string_equal(progress->file, "set.tar.gz");
    assert_int_equal(progress->number, 1);
    assert_int_equal(progress->files, 1);
    assert_int_equal(progress->total, set_file.size);
    assert_in_range(progress->bytes, watcher->last, progress->total);
    watcher->last = progress->bytes;
    watcher->calls++;
    return progress->bytes < watcher->stop_at;
}

static void test_progress_and_stop(void **state) {
    (void)state;
    progress_watcher watcher = {.stop_at = set_file.size / 3};
    rl_error error;
    rl_data_request request = {.url = mirror_url("slow"),
                               .folder = in_root("out"),
                               .progress = watch,
                               .context = &watcher};
    const rl_status status = rl_data_fetch(&set_row, &request, NULL, NULL, &error);
    assert_error(&error, status, RL_STOPPED, "stopped after", NULL);
    assert_in_range(watcher.last, set_file.size / 3, set_file.size - 1);
    assert_true(watcher.calls >= 2);
    const size_t kept = file_size("out/set.part/set.tar.gz.part");
    assert_int_equal(kept, watcher.last);
    watcher.stop_at = UINT64_MAX; /* goes on from where it stopped, never from less */
    request.url = mirror_url("good");
    assert_int_equal(rl_data_fetch(&set_row, &request, NULL, NULL, NULL), RL_OK);
    assert_set_is_whole();
}

/* Several files, kept as they are: one that is verified is never asked for again. */
static void test_several_files(void **state) {
    (void)state;
    static char sha256[2][RL_DIGEST_TEXT];
    static const rl_remote_file files[] = {{"one.gz", 5, sha256[0]}, {"two.gz", 6, sha256[1]}};
    static const rl_source_row row = {.about = {"pair", "https://localhost/", 2, 11},
                                      .files = files};
    char url[64];
    rl_error error;
    snprintf(url, sizeof url, "%.*s", (int)strlen(mirror_url("good")) - 1, mirror_url("good"));
    const rl_data_request request = {.url = url, .folder = in_root("out")};
    serve_file("one.gz", "bytes", 5);
    serve_file("two.gz", "octets", 6);
    assert_int_equal(rl_file_sha256(in_mirror("one.gz"), sha256[0], NULL), RL_OK);
    assert_int_equal(rl_file_sha256(in_mirror("two.gz"), sha256[1], NULL), RL_OK);
    serve_file("two.gz", "others", 6);
    rl_status status = rl_data_fetch(&row, &request, NULL, NULL, &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "/good/two.gz: came with SHA-256", sha256[1],
                 NULL);
    assert_holds("out", "pair.part");
    assert_holds("out/pair.part", "one.gz");
    serve_file("two.gz", "octets", 6);
    requests();
    assert_int_equal(rl_data_fetch(&row, &request, NULL, NULL, NULL), RL_OK);
    assert_string_equal(requests(), "good two.gz -\n");
    assert_holds("out", "pair");
    assert_holds("out/pair", "one.gz two.gz");
    /* Its own files are held to their SHA-256 again. */
    write_file("out/pair/one.gz", "Bytes", 5);
    status = rl_data_fetch(&row, &request, NULL, NULL, &error);
    assert_error(&error, status, RL_ERROR_EXISTS, "out/pair: is there already", "'one.gz'", NULL);
}

static void test_one_process_at_a_time(void **state) {
    (void)state;
    int lock;
    rl_error error;
    assert_int_equal(rl_lock_take(&lock, in_root("out/set.lock"), "test", NULL), RL_OK);
    assert_error(&error, fetch_from(mirror_url("good"), NULL, &error), RL_ERROR_EXISTS,
                 "out/set: in use by another process", NULL);
    assert_string_equal(requests(), "");
    rl_lock_release(&lock);
    assert_fetched("good", "good set.tar.gz -\n");
}

/* Each allocation fails once: an error, or the set; never anything else in the folder. */
static void test_failing_allocations(void **state) {
    (void)state;
    char url[PATH_MAX + 64];
    snprintf(url, sizeof url, "file://%s/", mirror.folder);
    rl_status status = RL_ERROR_MEMORY;
    for (long count = 0; status != RL_OK; count++) {
        rl_error error;
        assert_true(count < 100);
        rl_memory_fail_after(count);
        status = fetch_from(url, NULL, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK)
            assert_error(&error, status, RL_ERROR_MEMORY, "out of memory", NULL);
    }
    assert_set_is_whole();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_with_good_set, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_good_mirror),
        TEST(test_url_of_the_archive_itself),
        TEST(test_mirror_on_disk),
        TEST(test_new_folders_are_made),
        TEST(test_broken_transfers_go_on),
        TEST(test_server_without_ranges),
        TEST(test_server_that_refuses_ranges),
        TEST(test_part_that_is_complete),
        TEST(test_part_that_is_too_long),
        TEST(test_part_that_is_wrong),
        TEST(test_killed_while_unpacking),
        TEST(test_killed_and_then_refused),
        TEST(test_mirror_that_is_no_use_costs_nothing),
        TEST(test_progress_and_stop),
        TEST(test_several_files),
        TEST(test_one_process_at_a_time),
        TEST(test_failing_allocations),
    };
    forget_proxies();
    const int skipped = skip_without_python();
    return skipped ? skipped : cmocka_run_group_tests(tests, start_mirror, stop_mirror);
}
