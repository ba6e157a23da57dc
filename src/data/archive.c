/* Reads tar.gz archives by libarchive, which is told to understand nothing else. Hostile archives
 * are expected: sizes are those of the table, never the archive's; a member that comes twice, is a
 * link or lacks bytes is an error, and so is an archive that unpacks into much more than was asked
 * for. */
#include "data/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/open.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, ENTRIES_MAX = 1000 };
#define UNLISTED_MAX (INT64_C(1) << 20) /* bytes of a file that is passed over */

typedef struct {
    struct archive *archive;
    const char *name;
    const rl_archive_member *members;
    size_t count;
    bool seen[RL_ARCHIVE_MEMBERS_MAX];
    rl_archive_sink *sink;
    void *context;
    rl_error *error;
} archive_reader;

const char *rl_archive_member_name(const rl_archive_member *member) {
    const char *slash = strrchr(member->path, '/');
    return slash ? slash + 1 : member->path;
}

static rl_status fail_damaged(const archive_reader *reader) {
    const char *reason = archive_error_string(reader->archive);
    return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: not a whole tar.gz archive: %s",
                   reader->name, reason ? reason : "it cannot be read");
}

/* Would this path lead out of the folder that an archive is unpacked into? */
static bool leads_outside(const char *path) {
    if (path[0] == '/')
        return true;
    for (const char *part = path; *part;) {
        const size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return true;
        part += length + strspn(part + length, "/");
    }
    return false;
}

static size_t find_member(const archive_reader *reader, const char *path) {
    size_t i = 0;
    while (i < reader->count && strcmp(reader->members[i].path, path) != 0)
        i++;
    return i;
}

static rl_status pass_over(const archive_reader *reader, struct archive_entry *entry,
                           const char *path) {
    const int64_t size = archive_entry_size(entry);
    if (size > UNLISTED_MAX)
        return rl_fail(reader->error, RL_ERROR_FORMAT,
                       "%s: holds '%s' of %" PRId64 " bytes, which does not belong there",
                       reader->name, path, size);
    return RL_OK;
}

static rl_status read_member(const archive_reader *reader, size_t member, uint64_t size) {
    const char *path = reader->members[member].path;
    char block[BLOCK];
    uint64_t done = 0;
    for (;;) {
        const la_ssize_t got = archive_read_data(reader->archive, block, sizeof block);
        if (got < 0)
            return fail_damaged(reader);
        if (got == 0)
            break;
        if ((uint64_t)got > size - done)
            return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: '%s' has more bytes than it says",
                           reader->name, path);
        const rl_status status =
            reader->sink(reader->context, member, block, (size_t)got, reader->error);
        if (status != RL_OK)
            return status;
        done += (uint64_t)got;
    }
    if (done != size)
        return rl_fail(reader->error, RL_ERROR_FORMAT,
                       "%s: '%s' ends after %" PRIu64 " of %" PRIu64 " bytes", reader->name, path,
                       done, size);
    return RL_OK;
}

static rl_status take_member(archive_reader *reader, size_t member, struct archive_entry *entry) {
    const rl_archive_member *wanted = &reader->members[member];
    const int64_t size = archive_entry_size(entry);
    if (reader->seen[member])
        return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: holds '%s' twice", reader->name,
                       wanted->path);
    reader->seen[member] = true;
    if (archive_entry_filetype(entry) != S_IFREG)
        return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: '%s' is a folder, expected a file",
                       reader->name, wanted->path);
    if (size < 0 || (uint64_t)size < wanted->smallest || (uint64_t)size > wanted->largest) {
        char expected[64];
        if (wanted->smallest == wanted->largest)
            snprintf(expected, sizeof expected, "%" PRIu64, wanted->smallest);
        else
            snprintf(expected, sizeof expected, "%" PRIu64 " to %" PRIu64, wanted->smallest,
                     wanted->largest);
        return rl_fail(reader->error, RL_ERROR_FORMAT,
                       "%s: '%s' has %" PRId64 " bytes, expected %s", reader->name, wanted->path,
                       size, expected);
    }
    return read_member(reader, member, (uint64_t)size);
}

static rl_status take_entry(archive_reader *reader, struct archive_entry *entry) {
    const char *path = archive_entry_pathname(entry);
    if (!path)
        return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: holds a file whose name is not text",
                       reader->name);
    if (leads_outside(path))
        return rl_fail(reader->error, RL_ERROR_FORMAT,
                       "%s: holds '%s', a path that leads outside of it", reader->name, path);
    const unsigned type = archive_entry_filetype(entry);
    const bool is_link = archive_entry_hardlink(entry) || archive_entry_symlink(entry);
    if (is_link || (type != S_IFREG && type != S_IFDIR))
        return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: '%s' is a %s, expected plain files",
                       reader->name, path, is_link ? "link" : "device");
    const size_t member = find_member(reader, path);
    return member == reader->count ? pass_over(reader, entry, path)
                                   : take_member(reader, member, entry);
}

static rl_status read_entries(archive_reader *reader) {
    rl_status status = RL_OK;
    for (size_t entries = 0; status == RL_OK; entries++) {
        struct archive_entry *entry;
        const int found = archive_read_next_header(reader->archive, &entry);
        if (found == ARCHIVE_EOF)
            break;
        if (found != ARCHIVE_OK && found != ARCHIVE_WARN)
            return fail_damaged(reader);
        if (entries == ENTRIES_MAX)
            return rl_fail(reader->error, RL_ERROR_FORMAT, "%s: holds more than %d files",
                           reader->name, ENTRIES_MAX);
        status = take_entry(reader, entry);
    }
    for (size_t i = 0; status == RL_OK && i < reader->count; i++)
        if (!reader->seen[i])
            status = rl_fail(reader->error, RL_ERROR_FORMAT, "%s: '%s' is missing", reader->name,
                             reader->members[i].path);
    return status;
}

/* Where an archive's bytes come from: a file or, where `path` is NULL, memory. */
typedef struct {
    const char *path;
    const void *data;
    size_t size;
} archive_source;

static bool open_archive(struct archive *archive, const archive_source *from) {
    return archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
           archive_read_support_format_tar(archive) == ARCHIVE_OK &&
           (from->path ? archive_read_open_filename(archive, from->path, BLOCK)
                       : archive_read_open_memory(archive, from->data, from->size)) == ARCHIVE_OK;
}

static rl_status read_archive(archive_reader *reader, const archive_source *from) {
    reader->archive = archive_read_new();
    if (!reader->archive)
        return rl_fail_memory(reader->error, "an archive");
    const rl_status status =
        open_archive(reader->archive, from) ? read_entries(reader) : fail_damaged(reader);
    archive_read_free(reader->archive);
    return status;
}

rl_status rl_archive_parse(const void *data, size_t size, const char *name,
                           const rl_archive_member *members, size_t count, rl_archive_sink *sink,
                           void *context, rl_error *error) {
    archive_reader reader = {.name = name,
                             .members = members,
                             .count = count,
                             .sink = sink,
                             .context = context,
                             .error = error};
    return read_archive(&reader, &(archive_source){.data = data, .size = size});
}

/* The files that members become; `file` is the one that is being written, -1 before the first. */
typedef struct {
    const rl_archive_member *members;
    const char *folder;
    size_t member;
    int file;
    char path[PATH_MAX];
} member_writer;

static rl_status fail_write(const member_writer *writer, rl_error *error) {
    return rl_fail_errno(error, "%s: cannot write", writer->path);
}

static rl_status close_file(member_writer *writer, rl_error *error) {
    const int file = writer->file;
    writer->file = -1;
    if (file < 0)
        return RL_OK;
    rl_status status = fsync(file) == 0 ? RL_OK : fail_write(writer, error);
    if (close(file) != 0 && status == RL_OK)
        status = fail_write(writer, error);
    return status;
}

static rl_status open_file(member_writer *writer, size_t member, rl_error *error) {
    rl_status status = close_file(writer, error);
    if (status == RL_OK)
        status = rl_path_join(writer->path, sizeof writer->path, writer->folder,
                              rl_archive_member_name(&writer->members[member]), error);
    if (status != RL_OK)
        return status;
    writer->member = member;
    writer->file = rl_open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    return writer->file >= 0 ? RL_OK : fail_write(writer, error);
}

static rl_status write_file(void *context, size_t member, const void *bytes, size_t size,
                            rl_error *error) {
    member_writer *writer = context;
    if (writer->file < 0 || writer->member != member) {
        const rl_status status = open_file(writer, member, error);
        if (status != RL_OK)
            return status;
    }
    for (size_t done = 0; done < size;) {
        const ssize_t written = write(writer->file, (const char *)bytes + done, size - done);
        if (written < 0 && errno != EINTR)
            return fail_write(writer, error);
        done += written > 0 ? (size_t)written : 0;
    }
    return RL_OK;
}

static void remove_files(member_writer *writer, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (rl_path_join(writer->path, sizeof writer->path, writer->folder,
                         rl_archive_member_name(&writer->members[i]), NULL) == RL_OK)
            unlink(writer->path);
}

rl_status rl_archive_extract(const char *path, const char *name, const rl_archive_member *members,
                             size_t count, const char *folder, rl_error *error) {
    member_writer writer = {.members = members, .folder = folder, .file = -1};
    archive_reader reader = {.name = name,
                             .members = members,
                             .count = count,
                             .sink = write_file,
                             .context = &writer,
                             .error = error};
    rl_status status = read_archive(&reader, &(archive_source){.path = path});
    if (status == RL_OK)
        status = close_file(&writer, error);
    if (status != RL_OK) {
        close_file(&writer, NULL);
        remove_files(&writer, count);
    }
    return status;
}
