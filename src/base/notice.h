/* What the caller should hear of although nothing failed: an image that was shrunk, a file system
 * without locks. A notice is no substitute for an error: work goes on after it and is right. */
#ifndef RL_BASE_NOTICE_H
#define RL_BASE_NOTICE_H

#include "reslab.h"

/* Hands one line, formed and masked as rl_fail does, to the function of rl_set_notice_function. May
 * be called from any thread. Name the file or option and what was done about it. */
__attribute__((format(printf, 1, 2))) void rl_notice(const char *format, ...);

#endif
