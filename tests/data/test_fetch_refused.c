/* Mirrors and archives that must be refused: one line says why, and nothing stays behind. */
#include "data/mirror.h"

#include <sys/resource.h>

/* Fetching from `url` must fail so, and leave nothing. */
static void assert_refused(const char *url, rl_status code, const char *first, const char *second) {
    rl_error error = {0};
    rl_data_result result;
    const rl_status status = fetch_from(url, &result, &error);
    assert_error(&error, status, code, first, second, NULL);
    assert_string_equal(result.folder, "");
    assert_holds("out", "");
}

static void test_bad_mirrors(void **state) {
    (void)state;
    char size[64];
    snprintf(size, sizeof size, "expected %zu", (size_t)set_file.size);
    const struct {
        const char *how;
        rl_status code;
        const char *reason, *more;
    } ways[] = {
        {"wrong", RL_ERROR_FORMAT, "came with SHA-256", set_sha256},
        {"oversize", RL_ERROR_FORMAT, "bytes, expected", size},
        {"oversize-unannounced", RL_ERROR_FORMAT, "sends more than the", size},
        {"smaller", RL_ERROR_FORMAT, "bytes, expected", size},
        {"empty", RL_ERROR_IO, "cannot download", "closed the connection"},
        {"nothing", RL_ERROR_IO, "status 404", "/nothing/set.tar.gz"},
        {"to-http", RL_ERROR_IO, "redirects to 'http://127.0.0.1:", "only https is followed"},
        {"to-file", RL_ERROR_IO, "redirects to 'file:///", "only https is followed"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_refused(mirror_url(ways[i].how), ways[i].code, ways[i].reason, ways[i].more);
        char asked[64];
        snprintf(asked, sizeof asked, "%s set.tar.gz -\n", ways[i].how);
        assert_string_equal(requests(), asked); /* and no second request */
    }
}

static void test_bad_archives(void **state) {
    (void)state;
    for (size_t i = 0; i < BAD_ARCHIVES; i++) {
        serve_set(bad_archives[i].entries);
        assert_refused(mirror_url("good"), RL_ERROR_FORMAT,
                       "set.tar.gz: ", bad_archives[i].refusal);
    }
    assert_holds(".", "out");
}

/* As long as the table says, and with its SHA-256, but the table is of a file cut short. */
static void test_cut_archive(void **state) {
    (void)state;
    set_file.size /= 2;
    serve_file("set.tar.gz", set_bytes, set_file.size);
    assert_int_equal(rl_file_sha256(in_mirror("set.tar.gz"), set_sha256, NULL), RL_OK);
    assert_refused(mirror_url("good"), RL_ERROR_FORMAT, "set.tar.gz: not a whole tar.gz archive",
                   "runcated");
}

static void test_nobody_there(void **state) {
    (void)state;
    assert_refused("http://127.0.0.1:1/", RL_ERROR_IO, "http://127.0.0.1:1/set.tar.gz: cannot",
                   "onnect");
}

static void test_urls(void **state) {
    (void)state;
    static const char *const urls[] = {"ftp://localhost/", "localhost/", "/tmp/", "", "httpx://a/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_refused(urls[i], RL_ERROR_ARGUMENT, urls[i], "https://, http:// or file://");
    /* A source of ours must be https, whatever the table says. */
    set_row.about.url = mirror_url("good");
    assert_refused(NULL, RL_ERROR_IO, "http", "not supported or disabled");
    assert_string_equal(requests(), "");
    set_row.about.url = "https://localhost/";
}

static void test_certificates(void **state) {
    (void)state;
    if (!mirror.https) {
        puts("skipped: openssl is not installed");
        skip();
    }
    char url[64], certificates[2 * PATH_MAX];
    rl_error error;
    const rl_fetch_limits trusting = {.certificates = certificates};
    const rl_data_request request = {.url = url, .folder = in_root("out")};
    snprintf(certificates, sizeof certificates, "%s", in_mirror("certificate.pem"));
    /* One that nobody vouches for, at once and after a redirect. */
    snprintf(url, sizeof url, "https://localhost:%u/good/", mirror.https);
    assert_refused(url, RL_ERROR_IO, "cannot download", "certificate");
    assert_refused(mirror_url("to-https"), RL_ERROR_IO, "cannot download", "certificate");
    /* For another name. */
    snprintf(url, sizeof url, "https://127.0.0.1:%u/good/", mirror.https);
    rl_status status = rl_data_fetch(&set_row, &request, &trusting, NULL, &error);
    assert_error(&error, status, RL_ERROR_IO, "cannot download", "127.0.0.1", NULL);
    /* From https down to http, and round in circles. */
    snprintf(url, sizeof url, "https://localhost:%u/to-http/", mirror.https);
    status = rl_data_fetch(&set_row, &request, &trusting, NULL, &error);
    assert_error(&error, status, RL_ERROR_IO, "only https is followed", NULL);
    snprintf(url, sizeof url, "https://localhost:%u/in-circles/", mirror.https);
    status = rl_data_fetch(&set_row, &request, &trusting, NULL, &error);
    assert_error(&error, status, RL_ERROR_IO, "redirects", NULL);
    assert_holds("out", "");
    /* And a good one, by a redirect. */
    snprintf(url, sizeof url, "%s", mirror_url("to-https"));
    assert_int_equal(rl_data_fetch(&set_row, &request, &trusting, NULL, NULL), RL_OK);
    assert_set_is_whole();
}

/* The limit on file sizes stands for a disk that is full: first for the archive, then for what is
 * in it. */
static void test_full_disk(void **state) {
    (void)state;
    struct rlimit before, small;
    rl_error error;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlim_t limits[] = {10000, 60000};
    const test_entry sparse[] = {FIRST, SECOND, NAMES, {0}};
    serve_set(sparse);
    for (size_t i = 0; i < 2; i++) {
        /* Some of the archive is there already; then all of it, and its contents are too much. */
        begin_part(set_bytes, i == 0 ? 5000 : set_file.size);
        small = before;
        small.rlim_cur = limits[i];
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const rl_status status = fetch_from(mirror_url("good"), NULL, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_error(&error, status, RL_ERROR_IO, "cannot write: File too large",
                     i ? "second.bin" : "set.tar.gz.part", NULL);
        assert_holds("out", "");
    }
}

static void test_what_is_there_stays(void **state) {
    (void)state;
    rl_error error;
    make_folder("out/set");
    write_file("out/set/first.bin", "mine", 4);
    assert_error(&error, fetch_from(mirror_url("good"), NULL, &error), RL_ERROR_EXISTS,
                 "out/set: is there already, but its 'first.bin'", NULL);
    assert_holds("out", "set");
    assert_holds("out/set", "first.bin");
    assert_int_equal(file_size("out/set/first.bin"), 4);
    assert_string_equal(requests(), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_with_good_set, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_bad_mirrors), TEST(test_bad_archives),
        TEST(test_cut_archive), TEST(test_nobody_there),
        TEST(test_urls),        TEST(test_certificates),
        TEST(test_full_disk),   TEST(test_what_is_there_stays),
    };
    forget_proxies();
    const int skipped = skip_without_python();
    return skipped ? skipped : cmocka_run_group_tests(tests, start_mirror, stop_mirror);
}
