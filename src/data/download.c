/* Downloads by libcurl. A server that sends more than was agreed on is cut off at the first byte
 * too many, or before when its header says so. Certificates are always verified. There are no
 * retries: what came is kept, and the next call asks for the rest by a range. */
#include "data/download.h"

#include "base/error.h"
#include "base/open.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    STALL_SECONDS = 30,
    STALL_BYTES = 1000, /* a second */
    CONNECT_SECONDS = 30,
    REDIRECTS_MAX = 5,
    HTTP_OK = 200,
    HTTP_PARTIAL = 206,
    HTTP_NO_SUCH_RANGE = 416
};

typedef struct {
    const rl_download *download;
    rl_error *error;
    CURL *curl;
    int file;
    uint64_t begin; /* bytes that the file had when they were asked for */
    uint64_t bytes; /* that it has */
    bool answered;  /* the header was looked at */
    bool stopped;
    bool spoiled;     /* no use going on from what is in the file */
    rl_status status; /* of our own checks; the message is in `error` */
    char reason[CURL_ERROR_SIZE];
} transfer_state;

/* Is the answer what was asked for? Anything else must not touch what is in the file. */
static rl_status check_answer(transfer_state *transfer) {
    const rl_download *download = transfer->download;
    long code = 0;
    curl_off_t announced = -1;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    const bool is_whole = code == HTTP_OK; /* ranges may be ignored; of file:// the code is 0 */
    if (code != 0 && !is_whole && !(code == HTTP_PARTIAL && transfer->begin > 0))
        return rl_fail(transfer->error, RL_ERROR_IO, "%s: the server answers with status %ld",
                       download->url, code);
    const uint64_t begin = is_whole ? 0 : transfer->begin;
    if (announced >= 0 && begin + (uint64_t)announced != download->size)
        return rl_fail(transfer->error, RL_ERROR_FORMAT,
                       "%s: has %" PRIu64 " bytes, expected %" PRIu64, download->url,
                       begin + (uint64_t)announced, download->size);
    if (begin < transfer->bytes) {
        if (ftruncate(transfer->file, 0) != 0 || lseek(transfer->file, 0, SEEK_SET) != 0)
            return rl_fail_errno(transfer->error, "%s: cannot write", download->path);
        transfer->begin = transfer->bytes = 0;
    }
    return RL_OK;
}

static rl_status append(transfer_state *transfer, const char *data, size_t size) {
    const rl_download *download = transfer->download;
    if (size > download->size - transfer->bytes) {
        transfer->spoiled = true;
        return rl_fail(transfer->error, RL_ERROR_FORMAT,
                       "%s: sends more than the expected %" PRIu64 " bytes", download->url,
                       download->size);
    }
    for (size_t done = 0; done < size;) {
        const ssize_t written = write(transfer->file, data + done, size - done);
        if (written < 0 && errno != EINTR) {
            transfer->spoiled = true; /* a full disk should not stay full of this */
            return rl_fail_errno(transfer->error, "%s: cannot write", download->path);
        }
        done += written > 0 ? (size_t)written : 0;
    }
    transfer->bytes += size;
    return RL_OK;
}

static size_t on_data(char *data, size_t unit, size_t count, void *context) {
    transfer_state *transfer = context;
    const size_t size = unit * count;
    if (!transfer->answered)
        transfer->status = check_answer(transfer);
    transfer->answered = true;
    if (transfer->status == RL_OK)
        transfer->status = append(transfer, data, size);
    return transfer->status == RL_OK ? size : CURL_WRITEFUNC_ERROR;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                       curl_off_t upload_now) {
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    transfer_state *transfer = context;
    const rl_download *download = transfer->download;
    curl_off_t speed = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_SPEED_DOWNLOAD_T, &speed);
    transfer->stopped =
        download->progress &&
        !download->progress(download->context, transfer->bytes, speed > 0 ? (double)speed : 0);
    return transfer->stopped;
}

#define SET(option, value) (curl_easy_setopt(transfer->curl, option, value) == CURLE_OK)

static bool set_up(transfer_state *transfer) {
    const rl_download *download = transfer->download;
    const unsigned stall = download->stall_seconds ? download->stall_seconds : STALL_SECONDS;
    char range[32];
    snprintf(range, sizeof range, "%" PRIu64 "-", transfer->begin);
    return SET(CURLOPT_URL, download->url) &&
           SET(CURLOPT_PROTOCOLS_STR, download->any_scheme ? "https,http,file" : "https") &&
           SET(CURLOPT_REDIR_PROTOCOLS_STR, "https") && SET(CURLOPT_FOLLOWLOCATION, 1L) &&
           SET(CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
           SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
           (!download->certificates || SET(CURLOPT_CAINFO, download->certificates)) &&
           SET(CURLOPT_RANGE, transfer->begin > 0 ? range : NULL) && SET(CURLOPT_FAILONERROR, 1L) &&
           SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) &&
           SET(CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES) &&
           SET(CURLOPT_LOW_SPEED_TIME, (long)stall) &&
           SET(CURLOPT_USERAGENT, "reslab/" RL_VERSION) &&
           SET(CURLOPT_ERRORBUFFER, transfer->reason) && SET(CURLOPT_WRITEFUNCTION, on_data) &&
           SET(CURLOPT_WRITEDATA, transfer) && SET(CURLOPT_NOPROGRESS, 0L) &&
           SET(CURLOPT_XFERINFOFUNCTION, on_progress) && SET(CURLOPT_XFERINFODATA, transfer);
}

/* curl_easy_perform without the SIGPIPE that a TLS library raises when the server has gone: a
 * library must not end the program that uses it. */
static CURLcode perform(CURL *curl) {
    sigset_t broken_pipe, before, waiting;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    sigpending(&waiting);
    const bool was_waiting = sigismember(&waiting, SIGPIPE) == 1;
    const CURLcode code = curl_easy_perform(curl);
    if (!was_waiting)
        sigtimedwait(&broken_pipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

/* Says why the transfer ended early, and what is left of it. */
static rl_status fail_transfer(const transfer_state *transfer, CURLcode code) {
    const rl_download *download = transfer->download;
    const char *reason = transfer->reason[0] ? transfer->reason : curl_easy_strerror(code);
    long redirects = 0;
    char *url = NULL;
    curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_COUNT, &redirects);
    curl_easy_getinfo(transfer->curl, CURLINFO_EFFECTIVE_URL, &url);
    if (code == CURLE_OUT_OF_MEMORY)
        return rl_fail_memory(transfer->error, "a download");
    if (code == CURLE_UNSUPPORTED_PROTOCOL && redirects > 0)
        return rl_fail(transfer->error, RL_ERROR_IO,
                       "%s: redirects to '%s'; only https is followed", download->url,
                       url ? url : "?");
    if (code == CURLE_OK)
        reason = "the server closed the connection";
    if (transfer->bytes == 0)
        return rl_fail(transfer->error, RL_ERROR_IO, "%s: cannot download: %s", download->url,
                       reason);
    return rl_fail(transfer->error, RL_ERROR_IO,
                   "%s: broke off after %" PRIu64 " of %" PRIu64
                   " bytes, which are kept to go on from: %s",
                   download->url, transfer->bytes, download->size, reason);
}

static rl_status finish(const transfer_state *transfer, CURLcode code) {
    const rl_download *download = transfer->download;
    long http = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &http);
    if (transfer->status != RL_OK)
        return transfer->status;
    if (transfer->stopped)
        return rl_fail(transfer->error, RL_STOPPED,
                       "%s: stopped after %" PRIu64 " of %" PRIu64 " bytes", download->url,
                       transfer->bytes, download->size);
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return rl_fail(transfer->error, RL_ERROR_IO, "%s: the server answers with status %ld",
                       download->url, http);
    return code == CURLE_OK && transfer->bytes == download->size ? RL_OK
                                                                 : fail_transfer(transfer, code);
}

/* One request for what the file lacks after its first `begin` bytes. */
static rl_status request(transfer_state *transfer, uint64_t begin, long *http) {
    rl_status status;
    *http = 0;
    transfer->curl = curl_easy_init();
    if (!transfer->curl)
        return rl_fail_memory(transfer->error, "a download");
    transfer->begin = begin;
    if (!set_up(transfer))
        status = rl_fail_memory(transfer->error, "a download");
    else
        status = finish(transfer, perform(transfer->curl));
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, http);
    curl_easy_cleanup(transfer->curl);
    return status;
}

static rl_status open_part(transfer_state *transfer) {
    const rl_download *download = transfer->download;
    struct stat about;
    transfer->file =
        rl_open(download->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (transfer->file < 0 || fstat(transfer->file, &about) != 0)
        return rl_fail_errno(transfer->error, "%s: cannot write", download->path);
    if (!S_ISREG(about.st_mode) || about.st_nlink > 1) { /* its name can be foretold */
        close(transfer->file);
        transfer->file = -1;
        return rl_fail(transfer->error, RL_ERROR_IO,
                       "%s: is not a file of its own, expected the part of a download or nothing",
                       download->path);
    }
    transfer->bytes = (uint64_t)about.st_size;
    if (transfer->bytes > download->size) { /* of some other file */
        transfer->bytes = 0;
        if (ftruncate(transfer->file, 0) != 0)
            return rl_fail_errno(transfer->error, "%s: cannot write", download->path);
    }
    if (lseek(transfer->file, 0, SEEK_END) < 0)
        return rl_fail_errno(transfer->error, "%s: cannot write", download->path);
    return RL_OK;
}

rl_status rl_download_run(const rl_download *download, rl_error *error) {
    transfer_state transfer = {.download = download, .error = error, .file = -1};
    long http = 0;
    rl_status status = open_part(&transfer);
    if (status == RL_OK && transfer.bytes < download->size)
        status = request(&transfer, transfer.bytes, &http);
    if (http == HTTP_NO_SUCH_RANGE)
        status = request(&transfer, 0, &http);
    if (status == RL_OK && fsync(transfer.file) != 0)
        status = rl_fail_errno(error, "%s: cannot write", download->path);
    if (transfer.file >= 0 && close(transfer.file) != 0 && status == RL_OK)
        status = rl_fail_errno(error, "%s: cannot write", download->path);
    if (status != RL_OK && transfer.file >= 0 && (transfer.bytes == 0 || transfer.spoiled))
        unlink(download->path);
    return status;
}
