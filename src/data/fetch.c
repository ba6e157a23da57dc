/* Fetches a data set into <folder>/<name>.part and renames that to <folder>/<name> when every file
 * is verified and on disk, so that a set that is there is whole. A file being downloaded is
 * <file>.part, one without this ending is verified. <folder>/<name>.lock keeps a second process
 * away while it lasts. Nothing that was there before is ever replaced. */
#include "data/fetch.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/open.h"
#include "data/checksum.h"
#include "data/download.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".part"

typedef struct {
    const rl_source_row *row;
    const rl_data_request *request;
    const rl_fetch_limits *limits;
    const char *target;     /* the set's folder */
    char staging[PATH_MAX]; /* what becomes it */
    size_t index;           /* of the file that is being downloaded */
    rl_error *error;
} fetch_job;

static rl_status join(const fetch_job *job, char path[PATH_MAX], const char *folder,
                      const char *name) {
    return rl_path_join(path, PATH_MAX, folder, name, job->error);
}

static rl_status with_ending(const fetch_job *job, char path[PATH_MAX], const char *stem,
                             const char *ending) {
    const int length = snprintf(path, PATH_MAX, "%s%s", stem, ending);
    return length >= 0 && length < PATH_MAX
               ? RL_OK
               : rl_fail(job->error, RL_ERROR_ARGUMENT, "%s%s: the path is longer than %d bytes",
                         stem, ending, PATH_MAX - 1);
}

/* ---- A set that is there already ---- */

static bool has_size(const char *path, uint64_t smallest, uint64_t largest) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) &&
           (uint64_t)about.st_size >= smallest && (uint64_t)about.st_size <= largest;
}

static bool is_verified(const char *path, const rl_remote_file *file) {
    char sha256[RL_DIGEST_TEXT];
    return has_size(path, file->size, file->size) && rl_file_sha256(path, sha256, NULL) == RL_OK &&
           strcmp(sha256, file->sha256) == 0;
}

static rl_status fail_unwhole(const fetch_job *job, const char *name) {
    return rl_fail(
        job->error, RL_ERROR_EXISTS,
        "%s: is there already, but its '%s' is missing or not what it should be; expected "
        "a whole set or no such folder",
        job->target, name);
}

/* Every file at its place? Of those out of an archive only the sizes are known. */
static rl_status check_present(const fetch_job *job) {
    char path[PATH_MAX];
    rl_status status = RL_OK;
    for (size_t i = 0; status == RL_OK && i < job->row->member_count; i++) {
        const rl_archive_member *member = &job->row->members[i];
        const char *name = rl_archive_member_name(member);
        status = join(job, path, job->target, name);
        if (status == RL_OK && !has_size(path, member->smallest, member->largest))
            status = fail_unwhole(job, name);
    }
    for (size_t i = 0; status == RL_OK && !job->row->members && i < job->row->about.files; i++) {
        status = join(job, path, job->target, job->row->files[i].name);
        if (status == RL_OK && !is_verified(path, &job->row->files[i]))
            status = fail_unwhole(job, job->row->files[i].name);
    }
    return status;
}

/* ---- Downloading ---- */

static rl_status check_url(const fetch_job *job) {
    static const char *const schemes[] = {"https://", "http://", "file://"};
    const char *url = job->request->url;
    for (size_t i = 0; url && i < sizeof schemes / sizeof *schemes; i++)
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
            return RL_OK;
    return url ? rl_fail(job->error, RL_ERROR_ARGUMENT,
                         "url '%s': expected one that begins with https://, http:// or file://",
                         url)
               : RL_OK;
}

/* Where `file` is: at the URL itself, if that is an archive's, else below it. */
static rl_status make_url(const fetch_job *job, const rl_remote_file *file, rl_buffer *url) {
    const char *base = job->request->url ? job->request->url : job->row->about.url;
    const bool is_folder = base[strlen(base) - 1] == '/';
    rl_buffer_add(url, base);
    if (!is_folder && !job->row->members)
        rl_buffer_add(url, "/");
    if (is_folder || !job->row->members)
        rl_buffer_add(url, file->name);
    return rl_buffer_status(url, "a URL", job->error);
}

static bool on_progress(void *context, uint64_t bytes, double bytes_per_second) {
    const fetch_job *job = context;
    const rl_remote_file *file = &job->row->files[job->index];
    const rl_data_progress progress = {.file = file->name,
                                       .number = job->index + 1,
                                       .files = job->row->about.files,
                                       .bytes = bytes,
                                       .total = file->size,
                                       .bytes_per_second = bytes_per_second};
    return !job->request->progress || job->request->progress(&progress, job->request->context);
}

/* A part with other bytes than expected is of no use to anybody, least of all to the next try. */
static rl_status verify(const fetch_job *job, const rl_remote_file *file, const char *part,
                        const char *url) {
    char sha256[RL_DIGEST_TEXT];
    const rl_status status = rl_file_sha256(part, sha256, job->error);
    if (status != RL_OK || strcmp(sha256, file->sha256) == 0)
        return status;
    unlink(part);
    return rl_fail(job->error, RL_ERROR_FORMAT,
                   "%s: came with SHA-256 %s, expected %s; what came is removed", url, sha256,
                   file->sha256);
}

static rl_status download(fetch_job *job, const char *part, const char *path) {
    const rl_remote_file *file = &job->row->files[job->index];
    rl_buffer url = {0};
    rl_status status = make_url(job, file, &url);
    const rl_download download = {.url = url.text,
                                  .any_scheme = job->request->url,
                                  .path = part,
                                  .size = file->size,
                                  .progress = on_progress,
                                  .context = job,
                                  .stall_seconds = job->limits ? job->limits->stall_seconds : 0,
                                  .certificates = job->limits ? job->limits->certificates : NULL};
    if (status == RL_OK)
        status = rl_download_run(&download, job->error);
    if (status == RL_OK)
        status = verify(job, file, part, url.text);
    if (status == RL_OK && rename(part, path) != 0)
        status = rl_fail_errno(job->error, "%s: cannot rename to '%s'", part, path);
    rl_buffer_clear(&url);
    return status;
}

static rl_status get_file(fetch_job *job, size_t index) {
    char path[PATH_MAX], part[PATH_MAX];
    job->index = index;
    rl_status status = join(job, path, job->staging, job->row->files[index].name);
    if (status == RL_OK)
        status = with_ending(job, part, path, PART);
    if (status != RL_OK || is_verified(path, &job->row->files[index]))
        return status;
    unlink(path);
    return download(job, part, path);
}

/* The archive in the staging folder becomes the files that are wanted of it. */
static rl_status unpack(const fetch_job *job) {
    const rl_source_row *row = job->row;
    char path[PATH_MAX];
    rl_status status = join(job, path, job->staging, row->files->name);
    if (status != RL_OK)
        return status;
    status = rl_archive_extract(path, row->files->name, row->members, row->member_count,
                                job->staging, job->error);
    unlink(path);
    return status;
}

/* ---- The set as a whole ---- */

/* A process that was killed while it unpacked leaves members of unknown length. */
static void remove_members(const fetch_job *job) {
    char path[PATH_MAX];
    for (size_t i = 0; i < job->row->member_count; i++)
        if (rl_path_join(path, sizeof path, job->staging,
                         rl_archive_member_name(&job->row->members[i]), NULL) == RL_OK)
            unlink(path);
}

static bool sync_folder(const char *path) {
    const int folder = rl_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0)
        return false;
    const bool done = fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP;
    close(folder);
    return done;
}

static rl_status put_in_place(const fetch_job *job) {
    if (!sync_folder(job->staging) || rename(job->staging, job->target) != 0)
        return rl_fail_errno(job->error, "%s: cannot make it of '%s'", job->target, job->staging);
    if (!sync_folder(*job->request->folder ? job->request->folder : "."))
        return rl_fail_errno(job->error, "%s: whole, but may not survive a power failure",
                             job->target);
    return RL_OK;
}

/* Is it a folder and no link? Its name can be foretold, and a set is often shared. */
static bool is_folder_itself(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static rl_status fetch(fetch_job *job) {
    rl_status status = with_ending(job, job->staging, job->target, PART);
    if (status != RL_OK)
        return status;
    if (mkdir(job->staging, 0777) != 0 && errno != EEXIST)
        return rl_fail_errno(job->error, "%s: cannot make this folder", job->staging);
    if (!is_folder_itself(job->staging))
        return rl_fail(job->error, RL_ERROR_IO,
                       "%s: is a link or no folder, expected the part of a download or nothing",
                       job->staging);
    remove_members(job);
    for (size_t i = 0; status == RL_OK && i < job->row->about.files; i++)
        status = get_file(job, i);
    if (status == RL_OK && job->row->members)
        status = unpack(job);
    if (status == RL_OK)
        status = put_in_place(job);
    if (status != RL_OK)
        rmdir(job->staging); /* unless it has what the next try goes on from */
    return status;
}

static rl_status fetch_alone(fetch_job *job, bool *was_there) {
    char path[PATH_MAX];
    int lock;
    rl_status status = with_ending(job, path, job->target, ".lock");
    if (status == RL_OK)
        status = rl_folder_make_parents(job->target, job->error);
    if (status == RL_OK)
        status = rl_lock_try(&lock, path, job->target, job->error);
    if (status != RL_OK)
        return status;
    *was_there = rl_file_exists(job->target); /* by whoever had the lock before */
    status = *was_there ? check_present(job) : fetch(job);
    unlink(path);
    rl_lock_release(&lock);
    return status;
}

rl_status rl_data_fetch(const rl_source_row *row, const rl_data_request *request,
                        const rl_fetch_limits *limits, rl_data_result *result, rl_error *error) {
    rl_data_result done = {0};
    fetch_job job = {
        .row = row, .request = request, .limits = limits, .target = done.folder, .error = error};
    rl_status status = check_url(&job);
    if (status == RL_OK)
        status =
            rl_path_join(done.folder, sizeof done.folder, request->folder, row->about.name, error);
    if (status == RL_OK) {
        done.was_there = rl_file_exists(done.folder);
        status = done.was_there ? check_present(&job) : fetch_alone(&job, &done.was_there);
    }
    if (result)
        *result = status == RL_OK ? done : (rl_data_result){0};
    return status;
}
