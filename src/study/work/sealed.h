/* JSON files that nobody is to change by hand: what a study decided once. They end with a seal, the
 * SHA-256 of what stands before it. */
#ifndef RL_STUDY_WORK_SEALED_H
#define RL_STUDY_WORK_SEALED_H

#include "reslab.h"

#include <jansson.h>

/* Seals the object and replaces the file by it; takes `object` over, which may be NULL: no memory.
 */
rl_status rl_sealed_write(json_t *object, const char *path, rl_error *error);

/* Reads what rl_sealed_write wrote; *object is for json_decref, NULL where there is no such file.
 * RL_ERROR_MISMATCH where it was changed since. */
rl_status rl_sealed_read(json_t **object, const char *path, rl_error *error);

/* The seal of an object that was read; NULL where it has none. */
const char *rl_sealed_seal(const json_t *object);

#endif
