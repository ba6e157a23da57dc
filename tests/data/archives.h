/* tar.gz archives for tests, good and hostile, written by libarchive. */
#ifndef RL_TESTS_DATA_ARCHIVES_H
#define RL_TESTS_DATA_ARCHIVES_H

#include "data/fixtures.h"

#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>

enum { ARCHIVE_ROOM = 1 << 20 };

typedef struct {
    const char *path;
    size_t size;
    mode_t type;      /* 0: a file */
    const char *link; /* what a symbolic link points to */
    const char *hard; /* of what it is another name */
} test_entry;

/* What the tests' archives are expected to hold. */
static const rl_archive_member test_members[] = {
    {"set/first.bin", 3000, 3000},
    {"set/second.bin", 70000, 70000},
    {"set/names.txt", 10, 40},
};
enum { TEST_MEMBERS = 3 };

#define FIRST                                                                                      \
    { .path = "set/first.bin", .size = 3000 }
#define SECOND                                                                                     \
    { .path = "set/second.bin", .size = 70000 }
#define NAMES                                                                                      \
    { .path = "set/names.txt", .size = 25 }

/* Byte `at` of the file of `size` bytes; does not compress well. */
static inline uint8_t test_byte(size_t size, size_t at) {
    uint64_t x = (uint64_t)size * 2654435761U + at;
    x = (x ^ x >> 15) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint8_t)(x >> 40);
}

static inline void add_entry(struct archive *archive, const test_entry *from) {
    struct archive_entry *entry = archive_entry_new();
    uint8_t *bytes = malloc(from->size + 1);
    assert_non_null(entry);
    assert_non_null(bytes);
    for (size_t i = 0; i < from->size; i++)
        bytes[i] = test_byte(from->size, i);
    archive_entry_set_pathname(entry, from->path);
    archive_entry_set_filetype(entry, from->type ? from->type : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)from->size);
    if (from->link)
        archive_entry_set_symlink(entry, from->link);
    if (from->hard)
        archive_entry_set_hardlink(entry, from->hard);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, bytes, from->size), from->size);
    archive_entry_free(entry);
    free(bytes);
}

/* Writes the archive into `buffer`; returns its size. `entries` end with one without a path. */
static inline size_t make_archive(uint8_t buffer[ARCHIVE_ROOM], const test_entry *entries) {
    size_t used = 0;
    struct archive *archive = archive_write_new();
    assert_non_null(archive);
    assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, buffer, ARCHIVE_ROOM, &used), ARCHIVE_OK);
    for (; entries->path; entries++)
        add_entry(archive, entries);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    return used;
}

/* A good archive, with things in it that are to be passed over. */
static const test_entry good_entries[] = {{.path = "set/", .type = AE_IFDIR},       NAMES, SECOND,
                                          {.path = "set/readme.html", .size = 100}, FIRST, {0}};

static const struct {
    const char *name; /* good for a file */
    const char *refusal;
    test_entry entries[6];
} bad_archives[] = {
    {"parent",
     "'set/../../evil.bin', a path that leads outside of it",
     {FIRST, SECOND, NAMES, {.path = "set/../../evil.bin", .size = 5}}},
    {"above",
     "'../first.bin', a path that leads outside of it",
     {{.path = "../first.bin", .size = 3000}, SECOND, NAMES}},
    {"absolute",
     "'/set/first.bin', a path that leads outside of it",
     {{.path = "/set/first.bin", .size = 3000}, FIRST, SECOND, NAMES}},
    {"symlink",
     "'set/first.bin' is a link",
     {{.path = "set/first.bin", .type = AE_IFLNK, .link = "/etc/passwd"}, SECOND, NAMES}},
    {"symlink-elsewhere",
     "'set/x' is a link",
     {FIRST, SECOND, NAMES, {.path = "set/x", .type = AE_IFLNK, .link = ".."}}},
    {"hardlink",
     "'set/first.bin' is a link",
     {SECOND, NAMES, {.path = "set/first.bin", .hard = "set/second.bin"}}},
    {"pipe",
     "'set/first.bin' is a device",
     {{.path = "set/first.bin", .type = AE_IFIFO}, SECOND, NAMES}},
    {"folder",
     "'set/names.txt' is missing",
     {FIRST, SECOND, {.path = "set/names.txt", .type = AE_IFDIR}}},
    {"missing", "'set/second.bin' is missing", {FIRST, NAMES}},
    {"empty", "'set/first.bin' is missing", {{0}}},
    {"other-case",
     "'set/first.bin' is missing",
     {{.path = "set/First.bin", .size = 3000}, SECOND, NAMES}},
    {"longer",
     "'set/first.bin' has 3001 bytes, expected 3000",
     {{.path = "set/first.bin", .size = 3001}, SECOND, NAMES}},
    {"shorter",
     "'set/second.bin' has 69999 bytes, expected 70000",
     {FIRST, {.path = "set/second.bin", .size = 69999}, NAMES}},
    {"long-list",
     "'set/names.txt' has 41 bytes, expected 10 to 40",
     {FIRST, SECOND, {.path = "set/names.txt", .size = 41}}},
    {"twice", "holds 'set/first.bin' twice", {FIRST, SECOND, FIRST, NAMES}},
    {"no-bytes", "'set/first.bin' has 0 bytes", {{.path = "set/first.bin"}, SECOND, NAMES}},
};
enum { BAD_ARCHIVES = sizeof bad_archives / sizeof *bad_archives };

/* The file `name` of the test's folder must be the member of that many bytes. */
static inline void assert_member(const char *name, size_t size) {
    FILE *file = fopen(in_root(name), "rb");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        if (fgetc(file) != test_byte(size, i))
            fail_msg("%s: byte %zu is wrong", name, i);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

#endif
