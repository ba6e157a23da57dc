/* Memory and threads. glibc's own allocator does the work, under its other names. */
#include "shim.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    return FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    return FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *block = FAULT(KIND_MALLOC) == FAIL ? NULL : __libc_memalign(alignment, size);
    if (!block)
        return ENOMEM;
    *memory = block;
    return 0;
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    if (FAULT(KIND_MMAP) == FAIL)
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap")));

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *context) {
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!next)
        next = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))next_symbol(
            "pthread_create");
    return FAULT(KIND_THREAD) == FAIL ? EAGAIN : next(thread, attributes, body, context);
}

pid_t fork(void) {
    static pid_t (*next)(void);
    if (!next)
        next = (pid_t(*)(void))next_symbol("fork");
    return FAULT(KIND_FORK) == FAIL ? -1 : next();
}
