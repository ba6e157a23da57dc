/* Archives: members by exact name, type and size, everything else refused with nothing left. */
#include "data/archives.h"
#include "data/folders.h"

#include <signal.h>
#include <sys/resource.h>

static uint8_t archive_bytes[ARCHIVE_ROOM];

static rl_status extract(size_t size, rl_error *error) {
    write_file("a.tar.gz", archive_bytes, size);
    make_folder("out");
    return rl_archive_extract(in_root("a.tar.gz"), "a.tar.gz", test_members, TEST_MEMBERS,
                              in_root("out"), error);
}

static void test_good_archive(void **state) {
    (void)state;
    rl_error error;
    if (extract(make_archive(archive_bytes, good_entries), &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_holds("out", "first.bin names.txt second.bin");
    assert_member("out/first.bin", 3000);
    assert_member("out/second.bin", 70000);
    assert_member("out/names.txt", 25);
}

static void test_bad_archives(void **state) {
    (void)state;
    for (size_t i = 0; i < BAD_ARCHIVES; i++) {
        rl_error error = {0};
        const rl_status status =
            extract(make_archive(archive_bytes, bad_archives[i].entries), &error);
        assert_error(&error, status, RL_ERROR_FORMAT, "a.tar.gz: ", bad_archives[i].refusal, NULL);
        assert_holds("out", "");
    }
    assert_holds(".", "a.tar.gz out"); /* nor was anything written elsewhere */
}

/* Other formats than libarchive writes let a link have bytes of its own. The archive is made by
 * hand: a first header of which the type is changed, and with it the sum over the header. */
static void test_link_with_bytes(void **state) {
    (void)state;
    enum { SUM = 148, TYPE = 156, TARGET = 157, HEADER = 512 };
    size_t used = 0;
    const test_entry entry = FIRST;
    rl_error error;
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_set_format_ustar(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, archive_bytes, ARCHIVE_ROOM, &used),
                     ARCHIVE_OK);
    add_entry(archive, &entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    archive_bytes[TYPE] = '1';
    snprintf((char *)archive_bytes + TARGET, 100, "set/second.bin");
    memset(archive_bytes + SUM, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < HEADER; i++)
        sum += archive_bytes[i];
    snprintf((char *)archive_bytes + SUM, 8, "%06o", sum);
    assert_error(&error, extract(used, &error), RL_ERROR_FORMAT, "'set/first.bin' is a link", NULL);
    assert_holds("out", "");
}

/* A bomb: much more to unpack than anybody asked for. */
static void test_large_unlisted_file(void **state) {
    (void)state;
    const test_entry entries[] = {
        FIRST, SECOND, NAMES, {.path = "set/x", .type = AE_IFREG, .size = (1 << 20) + 1}, {0}};
    static uint8_t large[2 * ARCHIVE_ROOM];
    size_t used = 0;
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_memory(archive, large, sizeof large, &used), ARCHIVE_OK);
    for (const test_entry *entry = entries; entry->path; entry++)
        add_entry(archive, entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    write_file("a.tar.gz", large, used);
    make_folder("out");
    rl_error error;
    const rl_status status = rl_archive_extract(in_root("a.tar.gz"), "a.tar.gz", test_members,
                                                TEST_MEMBERS, in_root("out"), &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "'set/x' of 1048577 bytes", NULL);
    assert_holds("out", "");
}

static void test_cut_archives(void **state) {
    (void)state;
    const size_t size = make_archive(archive_bytes, good_entries);
    /* The last of a gzip stream are its checksum, behind the last byte that is needed. */
    for (size_t cut = 0; cut + 600 < size; cut += size / 40) {
        rl_error error = {0};
        const rl_status status = extract(cut, &error);
        assert_error(&error, status, RL_ERROR_FORMAT, "a.tar.gz: ", NULL);
        assert_holds("out", "");
    }
}

static void test_no_archive(void **state) {
    (void)state;
    rl_error error;
    memset(archive_bytes, 'x', 5000);
    assert_error(&error, extract(5000, &error), RL_ERROR_FORMAT, "not a whole tar.gz archive",
                 NULL);
    assert_holds("out", "");
    assert_int_equal(unlink(in_root("a.tar.gz")), 0);
    const rl_status status = rl_archive_extract(in_root("a.tar.gz"), "a.tar.gz", test_members,
                                                TEST_MEMBERS, in_root("out"), &error);
    assert_error(&error, status, RL_ERROR_FORMAT, "a.tar.gz: ", NULL);
}

/* The limit on file sizes stands for a disk that is full. */
static void test_full_disk(void **state) {
    (void)state;
    struct rlimit before, small;
    rl_error error;
    const size_t size = make_archive(archive_bytes, good_entries);
    write_file("a.tar.gz", archive_bytes, size);
    make_folder("out");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 50000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const rl_status status = rl_archive_extract(in_root("a.tar.gz"), "a.tar.gz", test_members,
                                                TEST_MEMBERS, in_root("out"), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_error(&error, status, RL_ERROR_IO, "out/second.bin: cannot write", NULL);
    assert_holds("out", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_good_archive),        TEST(test_bad_archives), TEST(test_link_with_bytes),
        TEST(test_large_unlisted_file), TEST(test_cut_archives), TEST(test_no_archive),
        TEST(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
