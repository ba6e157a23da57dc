/* A library that is loaded before the program's own (LD_PRELOAD) and stands between it and the C
 * library: it makes one call fail, ends the process at one, or writes down what is written to disk.
 *
 *     RL_FAULT=KIND:N[:ACTION]   at the N-th call of KIND (the table in shim.c; "any" is every kind
 *                                but malloc): fail (default), short (half of a read or write is
 *                                done) or kill (the process ends before the call). N is 0: count.
 *     RL_FAULT_REPORT=FILE       gets a line for each fault, with the library that called, and at
 *                                the end the number of calls
 *     RL_FAULT_RECORD=FILE       gets all changes of files and folders in their order (record.py)
 *
 * Calls are counted from main on: what the loader and constructors do is the same for all programs.
 * Forked children count on together with their parent. Streams are made anew on top of the calls
 * below (shim_streams.c), since the C library's own streams do not call through this one. */
#ifndef RL_FAULTS_SHIM_H
#define RL_FAULTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

typedef enum {
    KIND_MALLOC,
    KIND_OPEN,
    KIND_READ,
    KIND_WRITE,
    KIND_FSYNC,
    KIND_RENAME,
    KIND_CLOSE,
    KIND_MMAP,
    KIND_TRUNCATE,
    KIND_UNLINK,
    KIND_MKDIR,
    KIND_THREAD,
    KIND_FORK,
    KIND_LOCK,
    KIND_COUNT
} fault_kind;

typedef enum { PASS, FAIL, SHORT } fault_action;

/* What is to become of this call; errno is set for FAIL. Does not return for kill. */
fault_action fault_at(fault_kind kind, const void *caller);

#define FAULT(kind) fault_at(kind, __builtin_return_address(0))

/* The next definition of a function after this library's. */
void *next_symbol(const char *name);

/* What open and openat do with a path, for streams too. */
int shim_open_at(int folder, const char *path, int flags, mode_t mode, const void *caller);
ssize_t shim_read(int fd, void *data, size_t size, const void *caller);
ssize_t shim_write(int fd, const void *data, size_t size, const void *caller);
int shim_close(int fd, const void *caller);

/* A stream on a descriptor, in place of the C library's. */
FILE *shim_stream(int fd, const char *mode);

/* The record: a call and its line (shim_record.c) go together, so that their order is true. */
bool record_begin(void);
void record_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void record_data(const void *data, size_t size);
void record_end(void);

#endif
